from locust import HttpUser, task, between, constant, events, tag, TaskSet, SequentialTaskSet, LoadTestShape, FastHttpUser, User
class Forum(TaskSet):
    pass
class Buyer(HttpUser):
    tasks = [Forum]
