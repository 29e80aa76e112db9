"""A load profile of every way in which a request can end, for the recorder's tests. KIND is the client."""

import os
import time
from typing import ClassVar
from uuid import uuid4

from locust import FastHttpUser, HttpUser, events, task

FAULTS = ("none", "503", "drop", "cut", "hang")
WITHIN = 0.3


@events.init_command_line_parser.add_listener
def defaults(parser):
    parser.set_defaults(num_users=3, spawn_rate=3)


class Fast(FastHttpUser):
    abstract = True
    connection_timeout = network_timeout = WITHIN
    patience: ClassVar = {}


class Slow(HttpUser):
    abstract = True
    patience: ClassVar = {"timeout": WITHIN}


class Everything(Fast if os.environ["KIND"] == "fast" else Slow):
    requests = tuple(f"{verb} {fault}" for verb in ("read", "write") for fault in (*FAULTS, "refused"))

    def wait_time(self):
        return 0.05

    @task
    def all_of_them(self):
        for fault in FAULTS:
            self.both(fault, "")
        self.both("refused", os.environ["NOBODY"])

    def both(self, fault, host):
        faulty = {**self.patience, "headers": {"X-Fault": fault}}
        reading = {"id": str(uuid4()), "station": "try-0", "at": time.time_ns() // 10**6, "temperature": 1.5}
        context = {"key": reading["id"], "value": f"try-0|{reading['at']}|1.5"}
        self.client.post(f"{host}/readings", name=f"write {fault}", json=reading, context=context, **faulty)
        with self.client.get(
            f"{host}/stations/try-0/current?{fault}", name=f"read {fault}", catch_response=True, **faulty
        ) as answer:
            if answer.status_code == 200 and fault == "none" and not answer.json()["id"]:
                answer.failure("nobody's reading")
