from locust import HttpUser, task, between, constant, events, tag, TaskSet, SequentialTaskSet, LoadTestShape, FastHttpUser, User

class Buyer(FastHttpUser):
    @task(3)
    def look(self):
        with self.client.get('/', catch_response=True) as answer:
            if answer.text == '':
                answer.failure('empty')
            else:
                answer.success()
    @task()
    def rest(self):
        with self.rest('GET', '/api') as answer:
            pass
