from common.auth import login
from locust import HttpUser, task
from tasks import Browse


class Customer(HttpUser):
    tasks = [Browse]

    def on_start(self):
        login(self.client)
