from locust import HttpUser


class Shopper(HttpUser):
    tasks = {'front': 1}
