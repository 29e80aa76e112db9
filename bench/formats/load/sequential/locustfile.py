import random

from locust import HttpUser, SequentialTaskSet, TaskSet, between, task


class Checkout(SequentialTaskSet):
    @task
    def cart(self):
        self.client.post("/cart", json={"item": random.randint(1, 9)})

    @task
    class Pay(TaskSet):
        @task(3)
        def card(self):
            self.client.post("/pay")
            self.interrupt()

        @task
        def stop(self):
            self.interrupt()


class Shopper(HttpUser):
    wait_time = between(1, 2)
    tasks = {Checkout: 2}
