from locust import HttpUser, task, between, constant, events, tag, TaskSet, SequentialTaskSet, LoadTestShape, FastHttpUser, User

class Buyer(HttpUser):
    wait_time = lambda: 1

    @task
    def look(self):
        self.client.get('/')
