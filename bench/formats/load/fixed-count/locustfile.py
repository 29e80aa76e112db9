from locust import HttpUser, task, between, constant, events, tag, TaskSet, SequentialTaskSet, LoadTestShape, FastHttpUser, User
class Admin(HttpUser):
    fixed_count = 1
    tasks = {print: 1}

class Buyer(HttpUser):
    weight = 4
    wait_time = between(1, 2)

    @task
    def look(self):
        self.client.get('/')
