from faker import Faker
from locust import HttpUser, task

fake = Faker()


class Customer(HttpUser):
    @task
    def register(self):
        self.client.post("/register", json={"name": fake.name()})
