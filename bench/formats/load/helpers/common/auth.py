from .words import WORD


def login(client):
    client.post("/login", json={"word": WORD})
