from locust import HttpUser, task, between, constant, events, tag, TaskSet, SequentialTaskSet, LoadTestShape, FastHttpUser, User

class Forum(TaskSet):
    @task
    class Thread(TaskSet):
        @task(10)
        def read(self): self.client.get('/t')
        @task
        def stop(self): self.interrupt()
    @task
    def index(self): self.client.get('/f')
class Buyer(HttpUser):
    tasks = [Forum]
