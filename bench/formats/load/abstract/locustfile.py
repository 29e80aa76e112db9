from locust import HttpUser, task, between, constant, events, tag, TaskSet, SequentialTaskSet, LoadTestShape, FastHttpUser, User
class Base(HttpUser):
    abstract = True
    host = 'http://elsewhere'
    def on_start(self):
        self.client.post('/login', json={})
    def on_stop(self):
        self.client.post('/logout')

class Buyer(Base):
    wait_time = between(1, 2)

    @task
    def look(self):
        self.client.get('/')
