"""What a node does on its first start, decided once and kept on its disk.

Three nodes with new disks found the ring together, all at the same moment, with tokens fixed by ordinal. A
node with a new disk in a ring that remembers its tokens has lost its disk: it takes the place of its dead
predecessor and streams the data. A later ordinal joins by an ordinary bootstrap.
"""

import json
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import health

#: What each peer said last, so that a log has it once.
_told: dict[str, str] = {}


@dataclass(frozen=True)
class Decision:
    """``founder``: join at once, with fixed tokens. ``predecessor``: the address whose place to take."""

    founder: bool
    predecessor: str | None = None


@dataclass(frozen=True)
class Peer:
    """What another pod says of itself; ``members`` maps addresses to tokens once it serves."""

    new: bool
    members: Mapping[str, frozenset[int]] | None


def ask(name: str) -> Peer | None:
    """Ask the pod called ``name``; None while it has no address or does not answer, which is told once."""
    try:
        with urllib.request.urlopen(f"http://{name}:{health.PORT}/ring", timeout=2) as answer:
            said = json.load(answer)
    except (OSError, ValueError) as error:
        _tell(name, f"{error}")
        return None
    _tell(name, f"{said}")
    members = said["members"]
    return Peer(
        new=said["new"],
        members=None if members is None else {m["address"]: frozenset(m["tokens"]) for m in members},
    )


def _tell(name: str, said: str) -> None:
    if _told.get(name) != said:
        _told[name] = said
        print(f"{name}: {said}", flush=True)  # noqa: T201


def decide(tokens: Iterable[int], peers: Iterable[Peer | None]) -> Decision | None:
    """Judge what the other founders say; None means that it is too early to tell.

    Found only when *every* other founder has a new disk, or serves and does not know these tokens: a node
    that founded beside peers which are merely restarting would take its own predecessor's place, empty.
    """
    mine, said = frozenset(tokens), list(peers)
    for peer in said:
        for address, owned in (peer.members or {}).items() if peer else ():
            if owned & mine:
                return Decision(founder=False, predecessor=address)
    if all(peer and (peer.new or peer.members is not None) for peer in said):
        return Decision(founder=True)
    return None


def settle(kept: Path, judge: Callable[[], Decision | None], *, within: float) -> Decision:
    """Return the decision kept on disk, or ask ``judge`` until it has one and keep that.

    Raises TimeoutError after ``within`` seconds: the container ends, and the kubelet starts it again.
    """
    if kept.exists():
        return Decision(**json.loads(kept.read_text()))
    deadline = time.monotonic() + within
    while (decision := judge()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"no agreement with the other founders after {within:g} s")
        time.sleep(0.2)
    kept.write_text(json.dumps(asdict(decision)))
    return decision
