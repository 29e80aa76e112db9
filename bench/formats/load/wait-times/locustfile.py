import random

from locust import HttpUser, between, constant, constant_pacing, constant_throughput, task


class Own(HttpUser):
    def wait_time(self):
        return random.expovariate(1)

    @task
    def a(self):
        self.client.get("/")


class Throughput(HttpUser):
    wait_time = constant_throughput(0.5)

    @task
    def a(self):
        self.client.get("/")


class Pacing(Throughput):
    wait_time = constant_pacing(3)


class Plain(Throughput):
    wait_time = constant(1)


class Between(Throughput):
    wait_time = between(1, 2)
