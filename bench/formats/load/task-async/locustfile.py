from locust import HttpUser, task, between, constant, events, tag, TaskSet, SequentialTaskSet, LoadTestShape, FastHttpUser, User

class Buyer(HttpUser):
    wait_time = between(1, 2)

    @task
    async def look(self):
        self.client.get('/')
