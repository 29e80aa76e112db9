import typing as t
from locust import HttpUser, task, between, constant, events, tag, TaskSet, SequentialTaskSet, LoadTestShape, FastHttpUser, User
if t.TYPE_CHECKING:
    import pandas

class Buyer(HttpUser):
    wait_time = between(1, 2)

    @task
    def look(self):
        self.client.get('/')
