from locust import HttpUser, task


class Customer(HttpUser):
    @task
    def a(self):
        self.client.get("/")
