"""How a URL is reached from here: a Service's through the API server, any other directly."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import requests

from slaharness.cluster.api import Api, Endpoint
from slaharness.errors import BadInput
from slaharness.stack.protocol import Auth, PrometheusAt

#: The host of a Service, as pods of any namespace name it.
SERVICE = re.compile(r"([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?")
PORTS = {"http": 80, "https": 443}


def endpoint(api: Api, url: str) -> Endpoint:
    """``http://NAME.NAMESPACE.svc[:PORT]/PATH`` through the API server's proxy, another URL as it is."""
    parts = urlsplit(url)
    service = SERVICE.fullmatch(parts.hostname or "")
    if not service:
        return Endpoint(url.rstrip("/"), requests.Session())
    name = f"https:{service[1]}" if parts.scheme == "https" else service[1]
    found = api.endpoint(service[2], name, parts.port or PORTS.get(parts.scheme, 80))
    path = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(found.url + path, found.session)


def prometheus(api: Api, at: PrometheusAt) -> Endpoint:
    """Where it is asked. Raises BadInput when an environment variable of its ``auth`` is not set."""
    if at.url:
        found = endpoint(api, at.url)
        authenticate(found.session, at.auth)
        return found
    return api.endpoint(at.namespace, at.service, at.port)


def authenticate(session: requests.Session, auth: Auth) -> None:
    """Give a session what it is known by. Raises BadInput when an environment variable of it is not set."""
    if auth.token:
        session.headers["Authorization"] = f"Bearer {value(auth.token)}"
    if auth.user:
        session.auth = (value(auth.user), value(auth.password) if auth.password else "")
    if auth.tenant:
        session.headers["X-Scope-OrgID"] = value(auth.tenant)
    if auth.ca:
        session.verify = str(file(auth.ca))
    if auth.cert:
        session.cert = (str(file(auth.cert)), str(file(auth.key))) if auth.key else str(file(auth.cert))


def value(variable: str) -> str:
    """What an environment variable holds. Raises BadInput where it is not set."""
    if value := os.environ.get(variable, ""):
        return value
    raise BadInput(f"the settings name the environment variable {variable}: it is not set")


def file(variable: str) -> Path:
    """The file that an environment variable names. Raises BadInput where it is not there."""
    path = Path(value(variable))
    if not path.is_file():
        raise BadInput(f"the environment variable {variable} names {path}: there is no such file")
    return path
