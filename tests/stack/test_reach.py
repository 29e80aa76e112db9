"""A URL of a Service is reached through the API server, any other directly, with secrets from variables."""

from types import SimpleNamespace

import pytest
import requests

from slaharness.cluster.api import Endpoint
from slaharness.errors import BadInput
from slaharness.stack import reach
from slaharness.stack.protocol import Auth, PrometheusAt


@pytest.fixture
def api():
    """An API whose proxy says which Service it leads to."""
    return SimpleNamespace(
        endpoint=lambda space, name, port: Endpoint(f"https://api/{space}/{name}:{port}", requests.Session())
    )


@pytest.mark.parametrize(
    ("url", "reached"),
    [
        ("http://web.shop.svc", "https://api/shop/web:80"),
        ("http://web.shop.svc:8080/orders?all=1", "https://api/shop/web:8080/orders?all=1"),
        ("https://web.shop.svc.cluster.local/", "https://api/shop/https:web:443"),
        ("https://prometheus.example.org/team/", "https://prometheus.example.org/team"),
        ("http://shop.svc.example.org", "http://shop.svc.example.org"),
    ],
)
def test_only_a_services_url_goes_through_the_api_server(api, url, reached):
    """As pods name it: from here, its host means nothing."""
    assert reach.endpoint(api, url).url == reached


def test_a_prometheus_is_named_by_its_service_or_its_url(api):
    """The Service's port is its own, not the URL's."""
    at = PrometheusAt(namespace="monitoring", service="prometheus", port=9091)
    assert reach.prometheus(api, at).url == "https://api/monitoring/prometheus:9091"
    assert reach.prometheus(api, PrometheusAt(url="https://p.example.org")).url == "https://p.example.org"


def test_secrets_come_from_the_environment(api, monkeypatch, tmp_path):
    """The settings hold names only: token, tenant, user and password, CA and client certificate."""
    (tmp_path / "ca.pem").touch()
    held = {"T": "token", "O": "team", "U": "me", "P": "secret", "C": str(tmp_path / "ca.pem")}
    for name, value in held.items():
        monkeypatch.setenv(name, value)

    def session(names):
        return reach.prometheus(api, PrometheusAt(url="https://p.example.org", auth=Auth(**names))).session

    assert session({"token": "T"}).headers["Authorization"] == "Bearer token"
    assert session({"tenant": "O"}).headers["X-Scope-OrgID"] == "team"
    assert session({"user": "U", "password": "P"}).auth == ("me", "secret")
    assert session({"ca": "C"}).verify == held["C"]
    assert session({"cert": "C", "key": "C"}).cert == (held["C"], held["C"])


@pytest.mark.parametrize(("value", "complaint"), [(None, "is not set"), ("/no/such.pem", "there is no such")])
def test_a_variable_that_is_not_there_is_named(api, monkeypatch, value, complaint):
    """Rather than asking without what was meant to be sent."""
    if value:
        monkeypatch.setenv("SHOP_CA", value)
    at = PrometheusAt(url="https://p.example.org", auth=Auth(ca="SHOP_CA"))
    with pytest.raises(BadInput, match=f"SHOP_CA.*{complaint}"):
        reach.prometheus(api, at)
