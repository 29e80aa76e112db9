from locust import SequentialTaskSet, task


class Browse(SequentialTaskSet):
    @task
    def first(self):
        self.client.get("/first")

    @task
    def then(self):
        self.client.get("/then")
        self.interrupt(reschedule=False)
