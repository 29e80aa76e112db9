"""A way to a pod leaves nothing behind, whenever its user has had enough of it."""

import socket
import threading
from base64 import b64encode
from hashlib import sha1
from types import SimpleNamespace

import pytest
from kubernetes import client
from websocket import ABNF

from slaharness.errors import StackTrouble
from slaharness.host.wait import until
from slaharness.stack import forward

PORT = 8443
#: By which a WebSocket's server shows that it is one (RFC 6455).
KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class ApiServer:
    """It leads to a pod that never stops talking."""

    def __init__(self, status=b"101 Switching Protocols"):
        self.status, self.asked, self.ended = status, b"", threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with self.listener, self.listener.accept()[0] as there:
            while not self.asked.endswith(b"\r\n\r\n"):
                self.asked += there.recv(4096)
            lines = dict(line.split(b": ", 1) for line in self.asked.split(b"\r\n")[1:] if line)
            key = lines[b"Sec-WebSocket-Key"] + KEY
            accepted = b64encode(sha1(key, usedforsecurity=False).digest())
            there.sendall(
                b"HTTP/1.1 " + self.status + b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n"
                b"Sec-WebSocket-Accept: " + accepted + b"\r\n\r\n"
            )
            try:
                self.say(there, b"\0" + PORT.to_bytes(2, "little"))
                self.say(there, b"\1" + PORT.to_bytes(2, "little"))
                while True:
                    self.say(there, b"\0" + b"word" * 1000)
            except OSError:
                self.ended.set()

    @staticmethod
    def say(there, content):
        there.sendall(ABNF(1, 0, 0, 0, ABNF.OPCODE_BINARY, 0, content).format())


def api(server):
    settings = client.Configuration(host="http://{}:{}".format(*server.listener.getsockname()))
    settings.api_key["authorization"] = "Bearer ours"
    return SimpleNamespace(client=client.ApiClient(settings))


def threads():
    return [one for one in threading.enumerate() if one.name.startswith("Kubernetes port forward")]


def test_hanging_up_on_who_still_talks_ends_thread_and_connection():
    """An error in the thread would fail this test, too: pytest tells of it."""
    server = ApiServer()
    way = forward.opened(api(server), "application", "edge-1", PORT)
    assert way.recv(8) == b"wordword"
    assert server.asked.startswith(b"GET /api/v1/namespaces/application/pods/edge-1/portforward?ports=8443 ")
    assert b"authorization: Bearer ours" in server.asked
    way.close()
    until(lambda: not threads(), within=10, every=0.05, what="the thread has ended")
    assert server.ended.wait(10)


def test_an_api_server_that_leads_nowhere_is_the_stacks_trouble():
    """The pod may have gone meanwhile: whoever waits for it looks again."""
    with pytest.raises(StackTrouble, match=r"no port-forward to 8443 of pod application/edge-1: .*404"):
        forward.opened(api(ApiServer(b"404 Not Found")), "application", "edge-1", PORT)


def test_an_interrupt_while_it_connects_stays_one(monkeypatch):
    """Who presses Ctrl-C ends the run, and is told of no internal error."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(forward, "create_websocket", interrupted)
    with pytest.raises(KeyboardInterrupt):
        forward.opened(api(ApiServer()), "application", "edge-1", PORT)
