from locust import HttpUser, between


class Visitor(HttpUser):
    wait_time = between(1, 2)
