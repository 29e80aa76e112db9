"""A user who asks by clients that the profile makes by itself, as one who listens beside other tasks does."""

from typing import Any

import requests
from locust import User, constant, task
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession


class Own(User):
    wait_time = constant(0.2)
    fixed_count = 1

    def on_start(self) -> None:
        told = self.environment.events.request
        self.slow = HttpSession(self.host, told, user=None)
        self.fast = FastHttpSession(self.host, told, user=None, insecure=True)

    @task
    def ask(self) -> None:
        self.slow.get("/export", name="slow")
        self.fast.get("/export", name="fast")

    @task
    def ask_plainly(self) -> None:
        error: Any = None
        try:
            requests.get(f"{self.host}/export", timeout=5)
        except requests.RequestException as found:
            error = found
        self.environment.events.request.fire(
            request_type="GET",
            name="plain",
            response_time=0,
            response_length=0,
            response=None,
            exception=error,
        )
