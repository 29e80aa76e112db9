"""Tokens that only this deployment knows, made once."""

import base64
import hashlib
import hmac
import json
import urllib.error

import tokens

KEY = b"k" * 32


class Secrets:
    """Namespaces, each with one Secret or none."""

    def __init__(self):
        self.held = {}

    def read(self, namespace):
        return self.held.get(namespace)

    def make(self, namespace, held):
        self.held.setdefault(namespace, held)

    def add(self, namespace, held):
        assert not held.keys() & self.held[namespace].keys()
        self.held[namespace] |= held


def claims(token):
    """Who a token says its bearer is, if it was signed with KEY."""
    signed, _, signature = token.rpartition(".")
    right = hmac.digest(KEY, signed.encode(), hashlib.sha256)
    assert signature == base64.urlsafe_b64encode(right).decode().rstrip("=")
    head, body = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in signed.split("."))
    assert head == {"alg": "HS256"}
    return body


def test_a_token_says_who_its_bearer_is_and_is_signed():
    """As RFC 7519 has it: whoever has no key can make none."""
    assert claims(tokens.token(KEY, "cdc")) == {"sub": "cdc"}


def test_each_namespace_gets_its_own_roles_and_only_the_first_the_key():
    """A sidecar of the ring can neither read messages nor make tokens."""
    api = Secrets()
    tokens.hand_out(api, "streaming", {"streaming": ["lake"], "persistence": ["cdc"]})
    assert set(api.held["streaming"]) == {"key", "admin", "lake"}
    assert set(api.held["persistence"]) == {"cdc"}
    assert len(api.held["streaming"]["key"]) == 32


def test_done_again_it_changes_nothing_and_adds_what_is_missing():
    """The Job may run again, and a namespace that lost its Secret gets one of the same key."""
    api = Secrets()
    roles = {"streaming": ["lake"], "persistence": ["cdc"]}
    tokens.hand_out(api, "streaming", roles)
    before = dict(api.held)
    del api.held["persistence"]
    tokens.hand_out(api, "streaming", roles)
    assert api.held == before


def test_a_role_that_came_later_gets_a_token_of_the_key_that_there_is():
    """A deployment that is brought up to date goes on with the tokens that are in use."""
    api = Secrets()
    tokens.hand_out(api, "streaming", {"streaming": ["lake"]})
    before = dict(api.held["streaming"])
    tokens.hand_out(api, "streaming", {"streaming": ["lake", "flink"]})
    added = api.held["streaming"].pop("flink")
    assert api.held["streaming"] == before
    assert added == tokens.token(before["key"], "flink").encode()


def test_roles_of_one_namespace_may_come_from_several_parts():
    """A component adds a word for its own, and does not repeat the others'."""
    words = ["streaming=lake,readback", "persistence=cdc", "streaming=flink"]
    assert tokens.parse(words) == {"streaming": ["lake", "readback", "flink"], "persistence": ["cdc"]}


def test_two_deployments_share_no_key():
    """What is known of one opens no other."""
    first, second = Secrets(), Secrets()
    for api in (first, second):
        tokens.hand_out(api, "streaming", {})
    assert first.held["streaming"]["key"] != second.held["streaming"]["key"]


def test_of_two_jobs_that_come_at_once_the_first_one_counts(monkeypatch):
    """Tokens handed out are of the key that is kept, not of the one that came second."""
    api = Secrets()
    real = api.make

    def late(namespace, held):
        if namespace == "streaming":
            api.held[namespace] = {"key": KEY}  # somebody else's, a moment ago
        real(namespace, held)

    monkeypatch.setattr(api, "make", late)
    tokens.hand_out(api, "streaming", {"streaming": [], "persistence": ["cdc"]})
    assert claims(api.held["persistence"]["cdc"].decode()) == {"sub": "cdc"}


def test_a_secret_that_is_there_already_is_no_trouble(monkeypatch):
    """Kubernetes says 409; anything else is said."""
    api = object.__new__(tokens.Api)

    def conflict(*_):
        raise urllib.error.HTTPError("", 409, "Conflict", None, None)

    monkeypatch.setattr(api, "_ask", conflict)
    api.make("streaming", {"key": KEY})
