from locust import HttpUser, task, between, constant, events, tag, TaskSet, SequentialTaskSet, LoadTestShape, FastHttpUser, User
@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument('--shop', required=True)

class Buyer(HttpUser):
    wait_time = between(1, 2)

    @task
    def look(self):
        self.client.get('/')
