import json

try:
    import orjson as json
except ImportError:
    pass

from locust import HttpUser, task


class Customer(HttpUser):
    @task
    def register(self):
        self.client.post("/register", data=json.dumps({}))
