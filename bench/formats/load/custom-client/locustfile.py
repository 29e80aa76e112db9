import time
from xmlrpc.client import ServerProxy, Fault
from locust import User, task

class Client(ServerProxy):
    def __init__(self, host, request_event):
        super().__init__(host)
        self._request_event = request_event

class XmlRpcUser(User):
    abstract = True
    def __init__(self, environment):
        super().__init__(environment)
        self.client = Client(self.host, environment.events.request)

class Asker(XmlRpcUser):
    host = 'http://127.0.0.1:8877/'
    @task
    def ask(self):
        self.client.get_time()
