from locust import HttpUser, constant, tag, task

LOCUST = "--users 10 --tags read"


class Reader(HttpUser):
    wait_time = constant(1)

    @tag("read")
    @task
    def page(self):
        self.client.get("/page")


class Writer(HttpUser):
    wait_time = constant(1)

    @tag("write")
    @task
    def write(self):
        self.client.post("/page", json={"a": 1})
