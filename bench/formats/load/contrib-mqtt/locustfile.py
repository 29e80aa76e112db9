from locust.contrib.mqtt import MqttUser
from locust import task
class A(MqttUser):
    @task
    def t(self): pass
