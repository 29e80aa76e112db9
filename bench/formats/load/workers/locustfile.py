from locust import FastHttpUser, task

WORKERS: int = 3
LOCUST = "--users 90"


class Many(FastHttpUser):
    @task
    def a(self):
        self.client.get("/")
