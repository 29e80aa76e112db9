from locust import HttpUser, LoadTestShape, task


class A(HttpUser):
    @task
    def a(self):
        self.client.get("/a")


class B(HttpUser):
    @task
    def b(self):
        self.client.get("/b")


class StagesShape(LoadTestShape):
    stages = [
        {"duration": 60, "users": 10, "spawn_rate": 10, "user_classes": [A]},
        {"duration": 120, "users": 50, "spawn_rate": 10, "user_classes": [A, B]},
    ]

    def tick(self):
        run_time = self.get_run_time()
        for stage in self.stages:
            if run_time < stage["duration"]:
                return stage["users"], stage["spawn_rate"], stage["user_classes"]
        return None
