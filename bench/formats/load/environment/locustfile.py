import os

from locust import HttpUser, task

TOKEN = os.environ["API_TOKEN"]


class Customer(HttpUser):
    @task
    def a(self):
        self.client.get("/", headers={"Authorization": TOKEN})
