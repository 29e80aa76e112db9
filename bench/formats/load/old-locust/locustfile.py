from locust import HttpLocust, TaskSet, task


class Behaviour(TaskSet):
    @task
    def index(self):
        self.client.get("/")


class WebsiteUser(HttpLocust):
    task_set = Behaviour
    min_wait = 5000
    max_wait = 9000
