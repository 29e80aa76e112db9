import time

from locust import HttpUser, events, run_single_user, task
from locust.env import Environment
from locust.stats import stats_printer


class A(HttpUser):
    host = "http://127.0.0.1:9"

    @task
    def a(self):
        self.client.get("/")


if __name__ == "__main__":
    run_single_user(A)
    time.sleep(1)
    print(events, Environment, stats_printer)
