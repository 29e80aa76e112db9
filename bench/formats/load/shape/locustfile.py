import math

from locust import HttpUser, LoadTestShape, TaskSet, constant, task


class UserTasks(TaskSet):
    @task
    def get_root(self):
        self.client.get("/")


class WebsiteUser(HttpUser):
    wait_time = constant(0.5)
    tasks = [UserTasks]


class DoubleWave(LoadTestShape):
    min_users = 20
    peak = 60
    time_limit = 600

    def tick(self):
        run_time = round(self.get_run_time())
        if run_time < self.time_limit:
            return (round(self.min_users + self.peak * abs(math.sin(run_time / 60))), 10)
        return None
