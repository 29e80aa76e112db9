from locust import TaskSet, task


class Behaviour(TaskSet):
    @task
    def index(self):
        self.client.get("/")
