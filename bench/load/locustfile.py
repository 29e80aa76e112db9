"""Our side of bench/load.py: a GET at each of RATE planned instants a second."""

import os

from locust import task

from slaharness.load.arrivals import Arrivals


class Client(Arrivals):
    rate = float(os.environ["RATE"])
    requests = ("get",)

    @task
    def get(self) -> None:
        self.client.get("/", name="get")
