import os,sys
print('Available Users:\n    Buyer', flush=True)
os._exit(0)
