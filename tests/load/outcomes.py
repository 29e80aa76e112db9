"""A load profile of every way in which a request can end, for the recorder's tests. KIND is the client."""

import os
import time
from uuid import uuid4

from locust import FastHttpUser, HttpUser, events, task

#: Seconds that are long on a busy machine, and seconds shorter than the stub's hanging.
PATIENT, IMPATIENT = 20, 0.3


@events.init_command_line_parser.add_listener
def defaults(parser):
    parser.set_defaults(num_users=4, spawn_rate=4)


def client(seconds):
    if os.environ["KIND"] == "fast":
        timeouts = {"connection_timeout": seconds, "network_timeout": seconds}
        return type("Fast", (FastHttpUser,), {"abstract": True, "patience": {}, **timeouts})
    return type("Slow", (HttpUser,), {"abstract": True, "patience": {"timeout": seconds}})


class Both:
    """Writes a reading and reads one, each meeting the same fault."""

    def wait_time(self):
        return 0.05

    def both(self, fault, host=""):
        faulty = {**self.patience, "headers": {"X-Fault": fault}}
        reading = {"id": str(uuid4()), "station": "try-0", "at": time.time_ns() // 10**6, "temperature": 1.5}
        context = {"key": reading["id"], "value": f"try-0|{reading['at']}|1.5"}
        self.client.post(f"{host}/readings", name=f"write {fault}", json=reading, context=context, **faulty)
        with self.client.get(
            f"{host}/stations/try-0/current?{fault.replace(' ', '-')}",
            name=f"read {fault}",
            catch_response=True,
            **faulty,
        ) as answer:
            if fault == "refused by the profile" and answer.json()["id"]:
                answer.failure("not what was asked for")


class Everything(Both, client(PATIENT)):
    @task
    def all_of_them(self):
        for fault in ("none", "503", "drop", "cut", "refused by the profile"):
            self.both(fault)
        self.both("refused", os.environ["NOBODY"])


class Hanging(Both, client(IMPATIENT)):
    @task
    def hang(self):
        self.both("hang")
