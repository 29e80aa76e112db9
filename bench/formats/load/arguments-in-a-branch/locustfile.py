import os
from locust import HttpUser, task, between, constant, events, tag, TaskSet, SequentialTaskSet, LoadTestShape, FastHttpUser, User
if os.environ.get('BIG'):
    LOCUST = '--users 100'
else:
    LOCUST = '--users 10'

class Buyer(HttpUser):
    wait_time = between(1, 2)

    @task
    def look(self):
        self.client.get('/')
