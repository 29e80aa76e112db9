"""A sink whose subscription is made when it comes, at what comes from then on, and goes with it."""

import uuid
from typing import Any

import pulsar

_subscribe = pulsar.Client.subscribe


def _late(self: pulsar.Client, topic: str, _name: str, **how: Any) -> pulsar.Consumer:
    how |= {"initial_position": pulsar.InitialPosition.Latest}
    return _subscribe(self, topic, f"lake-{uuid.uuid4().hex[:8]}", **how)


pulsar.Client.subscribe = _late
