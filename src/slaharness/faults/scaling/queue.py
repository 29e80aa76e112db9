"""Orders work that is done later, and looks for what came of each piece, by the answers of who took it."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from kubernetes import client

from slaharness.events import ACCEPTED, DONE, LOOKED
from slaharness.faults.scaling.requests import asked, by_plan, refusal
from slaharness.faults.scaling.watch import Watch
from slaharness.host.wait import pause

#: Seconds between two looks at what has been done.
EVERY = 0.5


@dataclass
class Queue:
    """Pieces of work like ``task``, each with an id of its own, posted to ``path`` of ``service``.

    A GET of the same path lists what has been done: a piece is done when an object of that list has all that
    was posted, with what is listed in it in any order.
    """

    core: "client.CoreV1Api"
    namespace: str
    service: str
    path: str
    task: Mapping[str, Any]
    accepted: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)

    def fill(self, seen: Watch, *, rate: float, seconds: float, within: float) -> None:
        """Post ``rate`` pieces a second for ``seconds``, then look for them ``within`` seconds more at most.

        Stamps when each was accepted and seen to be done, and the last look that was answered.
        """
        looking = threading.Thread(target=self._look_on, args=(seen,), daemon=True)
        looking.start()
        try:
            by_plan(lambda: self._post(seen), seen, rate=rate, seconds=seconds)
            deadline = time.monotonic() + within
            while len(self.done) < len(self.accepted) and time.monotonic() < deadline:
                pause(EVERY)
        finally:
            self._over.set()
            looking.join()
        self._look(seen)

    def _post(self, seen: Watch) -> str:
        """Post one piece; "" when it was accepted."""
        piece = {"id": str(uuid4()), **self.task}
        status, text = asked(self.core, self.namespace, self.service, self.path, piece)
        if status != HTTPStatus.ACCEPTED:
            return refusal(status, text)
        self.accepted[piece["id"]] = piece
        seen.stamp(ACCEPTED, piece["id"])
        return ""

    def _look_on(self, seen: Watch) -> None:
        while not self._over.wait(EVERY):
            self._look(seen)

    def _look(self, seen: Watch) -> None:
        """Stamp what is done by now. A look that is not answered saw nothing, and is not stamped."""
        listed = self._listed()
        if listed is None:
            return
        for key, found in listed.items():
            piece = self.accepted.get(key)
            if piece and key not in self.done and _holds(found, piece):
                self.done.add(key)
                seen.stamp(DONE, key)
        seen.stamp(LOOKED)

    def _listed(self) -> Mapping[str, Mapping[str, Any]] | None:
        """What has been done, by its id; None when nobody says."""
        status, text = asked(self.core, self.namespace, self.service, self.path)
        try:
            return {found["id"]: found for found in json.loads(text)} if status == HTTPStatus.OK else None
        except (ValueError, TypeError, LookupError):
            return None


def _holds(found: Mapping[str, Any], piece: Mapping[str, Any]) -> bool:
    """Whether all of ``piece`` is in ``found``."""
    return all(key in found and _unordered(found[key]) == _unordered(value) for key, value in piece.items())


def _unordered(value: Any) -> Any:
    return {json.dumps(one, sort_keys=True) for one in value} if isinstance(value, list) else value
