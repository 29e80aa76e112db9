"""A judged run's figures, sent to another system: once, within a limit, and only because it was asked for."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from importlib import import_module
from threading import Thread
from typing import Protocol

import requests

from slaharness.errors import BadInput, HarnessError, SendTrouble
from slaharness.host.unreachable import why
from slaharness.model.words import counted
from slaharness.record.store import RecordStore
from slaharness.report.outward.figures import Figure, ended, figures
from slaharness.stack import reach
from slaharness.stack.protocol import Auth

#: Seconds for all of it. A look-up of a name has no limit of its own, and answers may come drop by drop.
WITHIN = 20.0
#: Seconds of silence.
SILENCE = 10.0
#: Characters of a refusal that are passed on.
SHOWN = 200
#: By which receivers tell whose series they are.
JOB = "slaharness"
NOBODY = Auth()
#: Each way, with the module that knows it.
PROTOCOLS = {"otlp": "otlp", "remote-write": "remote_write"}


class Encoding(Protocol):
    """A module of one protocol."""

    HEADERS: Mapping[str, str]
    encode: Callable[[list[Figure], float, str], bytes]


@dataclass(frozen=True)
class Receiver:
    """Where figures go to. ``protocol`` is one of PROTOCOLS; ``labels`` are added to every series."""

    url: str
    protocol: str
    labels: Mapping[str, str] = field(default_factory=dict)
    auth: Auth = NOBODY

    def check(self) -> None:
        """Raise BadInput where its libraries or its environment variables are not there."""
        _encoding(self.protocol)
        reach.authenticate(requests.Session(), self.auth)


def send(store: RecordStore, receiver: Receiver) -> str:
    """Send what was made of a record; return what was done, in a line.

    Raises SendTrouble when it did not arrive, RecordTrouble for a record that was not judged, and BadInput as
    ``check`` does.
    """
    found = [Figure(one.name, one.value, {**receiver.labels, **one.labels}) for one in figures(store)]
    encoding, session = _encoding(receiver.protocol), requests.Session()
    reach.authenticate(session, receiver.auth)
    body = encoding.encode(found, ended(store), JOB)
    what = f"{counted(len(found), 'figure')} to {receiver.url} by {receiver.protocol}"
    if trouble := _trouble(session, receiver.url, body, encoding.HEADERS):
        raise SendTrouble(f"could not send {what}: {trouble}; again: slaharness send {store.folder}")
    return f"sent {what}"


def tried(store: RecordStore, receiver: Receiver) -> str:
    """The same for a run, whose verdict and exit code must not hang on it: any trouble is a line, too."""
    try:
        return send(store, receiver)
    except HarnessError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 whatever breaks here, the run was judged
        return f"could not send figures to {receiver.url}: {error!r}"


def _encoding(protocol: str) -> Encoding:
    try:
        found: Encoding = import_module(f"{__package__}.{PROTOCOLS[protocol]}")
    except ModuleNotFoundError as error:
        raise BadInput(
            f"sending by {protocol} needs {error.name}, which is not there; in slaharness's "
            "checkout: pip install '.[send]'"
        ) from error
    return found


def _trouble(session: requests.Session, url: str, body: bytes, headers: Mapping[str, str]) -> str:
    """Why it did not arrive; "" when it did. A thread of its own, so that nothing can hold a run."""
    answered: Future[requests.Response] = Future()

    def post() -> None:
        try:
            answered.set_result(session.post(url, data=body, headers=headers, timeout=SILENCE))
        except Exception as error:  # noqa: BLE001 told by whoever waits
            answered.set_exception(error)

    Thread(target=post, name="sending figures", daemon=True).start()
    try:
        answer = answered.result(WITHIN)
    except requests.RequestException as error:
        return why(error)
    except TimeoutError:
        return f"no end after {WITHIN:g} s"
    said = " ".join(answer.text.split())[:SHOWN] or answer.reason
    return "" if answer.ok else f"it answered {answer.status_code}: {said}"
