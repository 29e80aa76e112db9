"""What the object store does not do is said in one line that a person can act on."""

import socket
from dataclasses import replace

import pytest
from ringbackup import settings
from ringbackup.errors import Trouble
from ringbackup.store import Store


def test_a_store_that_is_away_is_named_with_what_was_asked_and_why_not(monkeypatch):
    """Not with a page of the HTTP client's own words."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        store = Store.open(replace(settings.from_environment(), store=url))
        with pytest.raises(Trouble) as told:
            store.sizes("objects/")
    asked = f"the object store at {url} was asked for its list of objects/"
    assert str(told.value) == f"{asked}: [Errno 111] Connection refused"
