from locust import HttpUser, task, between, constant, events, tag, TaskSet, SequentialTaskSet, LoadTestShape, FastHttpUser, User

class Buyer(HttpUser):
    wait_time = between(1, 2)

    @task
    def look(self):
        yield self.client.get('/')
