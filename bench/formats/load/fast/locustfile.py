from locust import FastHttpUser, constant_pacing, tag, task

LOCUST = "Reader -u 50 -r 5 --tags read"


class Reader(FastHttpUser):
    wait_time = constant_pacing(1)
    connection_timeout = 10.0
    weight = 3

    @tag("read")
    @task
    def page(self):
        with self.client.get("/page", catch_response=True) as answer:
            if answer.elapsed.total_seconds() > 1:
                answer.failure("slow")


class Writer(FastHttpUser):
    wait_time = constant_pacing(2)
    fixed_count = 1

    @tag("write")
    @task
    def write(self):
        self.client.post("/page", json={"a": 1})
