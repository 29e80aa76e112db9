from locust import FastHttpUser, task

LOCUST = "--users 90 --processes 4"


class Many(FastHttpUser):
    @task
    def a(self):
        self.client.get("/")
