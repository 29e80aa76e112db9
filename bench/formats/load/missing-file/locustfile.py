import csv

from locust import HttpUser, task

ROWS = list(csv.reader(open("/home/me/data/people.csv")))


class A(HttpUser):
    @task
    def a(self):
        self.client.get("/")
