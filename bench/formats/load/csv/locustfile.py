import csv
import itertools
import os

from locust import HttpUser, between, task

with open(os.path.join(os.path.dirname(__file__), "data", "users.csv"), newline="") as file:
    USERS = itertools.cycle(list(csv.DictReader(file)))


class Customer(HttpUser):
    wait_time = between(0.5, 1.5)

    def on_start(self):
        one = next(USERS)
        self.client.post("/login", data={"name": one["name"], "word": one["word"]})

    @task
    def home(self):
        self.client.get("/home")
