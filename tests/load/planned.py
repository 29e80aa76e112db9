"""A load profile for tests: 10 writes and 40 reads arrive a second, and there is ROOM for so many at once."""

import os
from pathlib import Path
from uuid import uuid4

from locust import task

from slaharness.load.arrivals import Arrivals


class Writer(Arrivals):
    rate = 10
    method = "POST"
    requests = ("put down",)
    room = int(os.environ["ROOM"])

    @task
    def put_down(self):
        reading = {"station": "try-0", "id": str(uuid4()), "at": 1, "temperature": 1.5}
        self.client.post("/readings", name="put down", json=reading)


class Looker(Arrivals):
    rate = 40
    requests = ("look at", "look again")
    room = int(os.environ["ROOM"])

    def ready(self):
        return Path("begin").exists()

    @task
    def look_at(self):
        self.client.get("/stations/try-0/alerts", name="look at")
        if os.environ.get("TWICE"):
            self.client.get("/stations/try-0/alerts", name="look again")
