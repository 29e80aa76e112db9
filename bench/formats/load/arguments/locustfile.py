from locust import HttpUser, events, task

LOCUST = "--users 20 --spawn-rate 4 --tenant acme"


@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--tenant", type=str, env_var="TENANT", default="", help="whose shop")
    parser.add_argument("--hidden", include_in_web_ui=False, default="x")


@events.test_start.add_listener
def _(environment, **kw):
    print(f"tenant {environment.parsed_options.tenant}")


class Shopper(HttpUser):
    @task
    def shop(self):
        self.client.get(f"/{self.environment.parsed_options.tenant}")
