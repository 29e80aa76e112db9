from locust import HttpUser, LoadTestShape, task


class A(HttpUser):
    @task
    def a(self):
        self.client.get("/")


class One(LoadTestShape):
    def tick(self):
        return (1, 1)


class Two(LoadTestShape):
    def tick(self):
        return (2, 2)
