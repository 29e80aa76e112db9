"""Why there was no answer, in words of people's: libraries tell it by objects within objects."""

import re
import ssl
from collections.abc import Iterator
from socket import gaierror

from slaharness.errors import HarnessError

#: The longest text of a library's that is passed on.
LONGEST = 200
#: How the libraries call what took too long, and what broke off: urllib3, requests, http.client.
SLOW = {"ReadTimeoutError", "ConnectTimeoutError", "ReadTimeout", "ConnectTimeout", "Timeout", "TimeoutError"}
BROKEN = {
    "ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError", "RemoteDisconnected",
    "ProtocolError", "IncompleteRead", "ChunkedEncodingError",
}  # fmt: skip
_OBJECT = re.compile(r"<[^<>]* object at 0x[0-9a-f]+>:? ?")


def why(error: BaseException) -> str:
    """The innermost cause of a failed request, in a line: "connection refused", "no answer in time"."""
    if isinstance(error, HarnessError):
        return " ".join(str(error).split())
    chain = list(_chain(error))
    for one in reversed(chain):
        if said := _words(one):
            return said
    said = next((str(one) for one in chain if "ConnectionPool(" not in str(one)), "")
    return " ".join(_OBJECT.sub("", said).split())[:LONGEST] or type(error).__name__


def _words(error: BaseException) -> str:
    """What an error of a kind that has words of its own says; "" of others."""
    names = {kind.__name__ for kind in type(error).__mro__}
    match error:
        case gaierror():
            said = "its name is not known"
        case ssl.SSLCertVerificationError():
            said = f"its certificate is not trusted: {error.verify_message}"
        case ssl.SSLError():
            said = f"no TLS with it: {(error.reason or 'it broke off').lower().replace('_', ' ')}"
        case _ if names & SLOW:
            said = "no answer in time"
        case _ if names & BROKEN:
            said = "the connection broke off"
        case OSError(strerror=str(text)):
            said = text.lower()
        case _:
            said = _status(error)
    return said


def _status(error: BaseException) -> str:
    """Of what was answered, but not as was asked: "503 Service Unavailable"; "" of what was not."""
    response = getattr(error, "response", None)
    status = getattr(error, "status", None) if response is None else response.status_code
    reason = getattr(error if response is None else response, "reason", None)
    return f"{status} {reason}" if isinstance(status, int) and status else ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it was made of."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            inner = (*one.args, getattr(one, "reason", None), one.__cause__, one.__context__)
            waiting += [each for each in inner if isinstance(each, BaseException)]
