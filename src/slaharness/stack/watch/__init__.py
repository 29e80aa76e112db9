"""What changes of the stack while a run lasts."""
