LOCUST = '--users 0'
from locust import HttpUser, between, tag, task


class Shopper(HttpUser):
    wait_time = between(1, 2)

    @tag('front')
    @task
    def front(self):
        self.client.get('/')
