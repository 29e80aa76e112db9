"""Users of both of Locust's clients."""

from typing import Any

from locust import FastHttpUser, HttpUser, constant, events, task


class Fast(FastHttpUser):
    """It verifies nobody by itself, nor wherever a profile says so."""

    wait_time = constant(0.05)
    fixed_count = 1
    insecure = True

    @task
    def ask(self) -> None:
        self.client.get("/export", name="fast")


class Slow(HttpUser):
    """It verifies by what the world trusts."""

    wait_time = constant(0.05)
    fixed_count = 1

    @task
    def ask(self) -> None:
        self.client.get("/export", name="slow")


@events.init_command_line_parser.add_listener
def both(parser: Any) -> None:
    parser.set_defaults(num_users=2, spawn_rate=2)
