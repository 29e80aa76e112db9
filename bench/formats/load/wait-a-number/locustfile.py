from locust import HttpUser, tag, task


class Shopper(HttpUser):
    wait_time = 1

    @tag('front')
    @task
    def front(self):
        self.client.get('/')
