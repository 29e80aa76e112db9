from locust import HttpUser as Http, task
class Buyer(Http):
    @task
    def t(self): self.client.get('/')
