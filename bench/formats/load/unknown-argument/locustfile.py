from locust import HttpUser, task

LOCUST = "--users 20 --tennant acme"


class Shopper(HttpUser):
    @task
    def shop(self):
        self.client.get("/")
