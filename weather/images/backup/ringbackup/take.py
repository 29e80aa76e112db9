"""One backup: every node's agent in turn, then the manifest of the whole, then the oldest backups go."""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any, Self

from ringbackup import catalogue, database, manifest
from ringbackup.errors import Trouble
from ringbackup.settings import PORT, Settings
from ringbackup.store import Store

#: Who it is to the ring.
ROLE = "backup"
#: Seconds without a word from an agent, which speaks every second, until it counts as lost.
SILENCE = 20.0

Say = Callable[[str], None]


class Session:
    """An agent at work for us. Until it is closed, nobody else gets a backup of its node."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._link = http.client.HTTPConnection(address, PORT, timeout=SILENCE)
        self._answer: http.client.HTTPResponse | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._link.close()
        if self._answer:  # the connection lasts as long as either
            self._answer.close()

    def back_up(self, name: str, tables: Mapping[str, str], say: Say) -> tuple[str, Mapping[str, Any]]:
        """Name of the node, and the agent's last word. Raises Trouble when that is not a good one."""
        node = self._address
        try:
            for word in self._words(name, tables):
                node = word.get("node", node)
                if "failed" in word:
                    raise Trouble(f"{node}: {word['failed']}")
                if "digest" in word:
                    return node, word
                say(f"{node}: {word.get('said', 'began')}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Trouble(f"{node}: its agent broke off: {error or type(error).__name__}") from error
        raise Trouble(f"{node}: its agent ended without a word on how")

    def _words(self, name: str, tables: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        self._link.request("POST", f"/backups/{name}", json.dumps({"tables": dict(tables)}))
        answer = self._answer = self._link.getresponse()
        if answer.status != http.client.OK:
            raise Trouble(f"{self._address}: its agent refused: {answer.status} {answer.reason}")
        while line := answer.readline():
            yield json.loads(line)


def take(settings: Settings, say: Say) -> dict[str, Any]:
    """Back up every node of the ring; return the backup's manifest as data. Raises Trouble."""
    began, store = time.time(), Store.open(settings)
    store.make()
    ring = database.whole(settings.ring, ROLE)
    tables, keyspaces, members = ring.tables(), ring.keyspaces(), ring.members()
    filled = [name for name in sorted(tables) if ring.holds(name)]
    say(f"backup {settings.name} of {len(tables)} tables on {len(members)} nodes")
    with ExitStack() as held:
        sessions = [held.enter_context(Session(address)) for address in members]
        # One node after the other: at any time a quorum has nothing to do but to serve.
        said = dict(one.back_up(settings.name, tables, say) for one in sessions)
        if ring.tables() != tables:
            raise Trouble("tables were made, changed or dropped while they were backed up: try again")
        nodes = {node: word["digest"] for node, word in said.items()}
        uploaded = sum(word["uploaded"] for word in said.values())
        whole = manifest.Backup(
            settings.name, began, time.time(), keyspaces, sorted(tables), filled, nodes, uploaded=uploaded
        )
        whole = catalogue.finish(store, whole)
        say(f"backup {settings.name} is whole: {whole.bytes} bytes in {whole.objects} objects")
        _prune(store, settings.keep, say)
    return asdict(whole)


def _prune(store: Store, keep: int, say: Say) -> None:
    """Tidy up. The backup is whole by now, and stays one when this fails; the next one tidies up as well."""
    try:
        catalogue.prune(store, keep, say)
    except Trouble as error:
        say(f"what is no longer needed was not taken away: {error}")
