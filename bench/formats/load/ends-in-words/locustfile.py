import os
import sys

if not os.environ.get('API_KEY'):
    sys.exit('API_KEY is not set')
from locust import HttpUser, between, tag, task


class Shopper(HttpUser):
    wait_time = between(1, 2)

    @tag('front')
    @task
    def front(self):
        self.client.get('/')
