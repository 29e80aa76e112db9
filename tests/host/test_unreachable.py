"""Why there was no answer, as people are told it: real connections that fail, by the libraries used here."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
import urllib3
from kubernetes.client.exceptions import ApiException

from slaharness.cluster.api import Refused
from slaharness.host.unreachable import why

Ask = Callable[[str], object]


def by_requests(url: str) -> object:
    return requests.get(url, timeout=0.5)


def by_urllib3(url: str) -> object:
    return urllib3.PoolManager(retries=urllib3.Retry(1), timeout=0.5).request("GET", url)


@pytest.fixture
def port() -> Iterator[socket.socket]:
    """Bound, and not listening yet."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        yield made


def url(port: socket.socket, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{port.getsockname()[1]}/x"


def told(ask: Ask, where: str) -> str:
    with pytest.raises(Exception) as failed:  # noqa: PT011  # each library has its own
        ask(where)
    return why(failed.value)


@pytest.mark.parametrize("ask", [by_requests, by_urllib3])
def test_a_connection_that_fails_is_told_by_its_cause(ask: Ask, port: socket.socket) -> None:
    """Not by objects with addresses in memory, nor by how often it was tried."""
    assert told(ask, url(port)) == "connection refused"
    port.listen()
    assert told(ask, url(port)) == "no answer in time"
    assert told(ask, "http://nobody.invalid/") == "its name is not known"


@pytest.mark.parametrize("ask", [by_requests, by_urllib3])
def test_one_that_breaks_off_is_told_so(ask: Ask, port: socket.socket) -> None:
    """As when the server is killed under way."""

    def cut() -> None:
        while True:
            try:
                port.accept()[0].close()
            except OSError:
                return

    port.listen()
    threading.Thread(target=cut, daemon=True).start()
    assert told(ask, url(port)) == "the connection broke off"


def test_an_answer_of_a_kind_is_its_status() -> None:
    """In the words of HTTP, without headers and addresses."""

    class Busy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(503)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Busy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = f"http://127.0.0.1:{server.server_port}/"
        assert (
            told(lambda to: requests.get(to, timeout=5).raise_for_status(), where)
            == "503 Service Unavailable"
        )
        retries = urllib3.Retry(1, status_forcelist=[503])
        assert told(lambda to: urllib3.PoolManager(retries=retries).request("GET", to), where) == (
            "too many 503 error responses"
        )
        assert told(by_urllib3, where.replace("http", "https")) == "no TLS with it: wrong version number"
        server.shutdown()


def test_what_has_words_of_its_own_keeps_them() -> None:
    """Of a certificate what is wrong with it; ours as they are; of anything else a line, not too long."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "certificate has expired"
    assert why(error) == "its certificate is not trusted: certificate has expired"
    refused = ApiException(status=403, reason="Forbidden")
    refused.body = "pods is\nforbidden"
    assert why(refused) == "403 Forbidden"
    assert why(Refused(refused)) == "the API server refused: 403 Forbidden: pods is forbidden"
    assert why(FileNotFoundError(2, "No such file or directory", "/x")) == "no such file or directory"
    assert why(ValueError("<a.B object at 0x7f12>: two\nlines")) == "two lines"
    assert len(why(ValueError("x" * 999))) == 200
    assert why(ValueError()) == "ValueError"
