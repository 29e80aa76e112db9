"""A stack that settings alone describe: when it serves, and how its rows are read back."""

import gzip
import json
from types import SimpleNamespace

import pytest
import requests
from stacks import stack

from slaharness.cluster.api import Endpoint
from slaharness.errors import LoadTrouble
from slaharness.model import Columns, ColumnType
from slaharness.settings import rows
from slaharness.settings.declared import ReadableStack

COLUMNS = Columns({"id": ColumnType.TEXT, "amount": ColumnType.INTEGER, "price": ColumnType.NUMBER}, "id", "")
ORDERS = [{"id": "a", "amount": 1, "price": 2.5, "note": "x"}, {"id": "b", "amount": 2, "price": 3}]
JSON, CSV = "application/json; charset=utf-8", "text/csv"


class Web:
    """An Api whose Services answer so; ``asked`` is where they were looked for."""

    def __init__(self, status=200, text="", kind=JSON):
        self.status, self.text, self.kind, self.asked = status, text, kind, []

    def endpoint(self, namespace, name, port):
        self.asked.append((namespace, name, port))
        return Endpoint("http://api/proxy", self)

    def get(self, url, **_):
        self.asked.append(url)
        if self.status is None:
            raise requests.ConnectionError
        answer = requests.Response()
        answer.status_code, answer._content = self.status, self.text.encode()
        answer.headers["Content-Type"] = self.kind
        return answer


def test_it_serves_when_its_url_answers():
    """A Service's URL is asked through the API server, path and port as they are."""
    url = "http://web.shop.svc:8080/healthz"
    shop = stack(ready=url)
    api = Web()
    assert shop.missing(api) == []
    assert api.asked == [("shop", "web", 8080), "http://api/proxy/healthz"]
    assert shop.missing(Web(503, "not\nyet")) == [f"an answer from {url} (503: not yet)"]
    assert shop.missing(Web(None)) == [f"an answer from {url} (ConnectionError)"]


def test_it_serves_when_all_pods_of_a_selector_are_ready():
    """And there are some: a selector that matches nothing proves nothing."""

    def pod(name, ready):
        conditions = [SimpleNamespace(type="Ready", status=str(ready))]
        return SimpleNamespace(
            metadata=SimpleNamespace(name=name, namespace="application"),
            status=SimpleNamespace(phase="Running", conditions=conditions),
        )

    def api(*pods):
        listed = SimpleNamespace(items=list(pods))
        return SimpleNamespace(core=SimpleNamespace(list_namespaced_pod=lambda *_, **__: listed))

    shop = stack(ready="app=web")
    assert shop.missing(api(pod("web-0", ready=True))) == []
    assert shop.missing(api(pod("web-0", ready=True), pod("web-1", ready=False))) == ["pod application/web-1"]
    assert shop.missing(api()) == ["a pod with app=web in application"]


def read(path):
    return gzip.open(path, "rt").read()


def test_rows_become_a_readback_whatever_else_they_hold(tmp_path):
    """JSON or CSV; other columns are left out, and the end says how many there are."""
    expected = "id,amount,price\na,1,2.5\nb,2,3.0\n# end,2\n"
    rows.save(json.dumps(ORDERS).encode(), JSON, COLUMNS, tmp_path / "json.gz")
    text = "note,price,id,amount\nx,2.5,a,1\n,3,b,2\n# end,2\n"
    rows.save(text.encode(), CSV, COLUMNS, tmp_path / "csv.gz")
    assert read(tmp_path / "json.gz") == read(tmp_path / "csv.gz") == expected


@pytest.mark.parametrize(
    ("text", "kind", "complaint"),
    [
        (json.dumps(ORDERS)[:-5], JSON, "what was read back is not all rows"),
        ('{"orders": []}', JSON, "the JSON is no list"),
        ('[{"id": "a", "amount": 1}]', JSON, "row 1 has no price"),
        ('[["a", 1, 2]]', JSON, "row 1 has no columns"),
        ('[{"id": "a", "amount": 1.5, "price": 1}]', JSON, "amount is 1.5, no integer"),
        ('[{"id": "a", "amount": true, "price": 1}]', JSON, "amount is True, no integer"),
        ('[{"id": 7, "amount": 1, "price": 1}]', JSON, "id is 7, no text"),
        ('[{"id": "a", "amount": 1, "price": NaN}]', JSON, "price is nan, no number"),
        ("id,amount,price\na,1,2\n", CSV, "does not end in # end,COUNT"),
        ("id,amount,price\na,1,2\n# end,2\n", CSV, "has 1 row and ends in '# end,2'"),
        ("id,amount\na,1\n# end,1\n", CSV, "row 1 has no price"),
    ],
)
def test_half_an_answer_is_never_taken_for_all_rows(tmp_path, text, kind, complaint):
    """A row that cannot be compared is no row; nothing is written then."""
    with pytest.raises(LoadTrouble, match=complaint):
        rows.save(text.encode(), kind, COLUMNS, tmp_path / "rows.gz")
    assert not (tmp_path / "rows.gz").exists()


def test_the_applications_answer_is_read_back(tmp_path):
    """From its own URL; one that refuses raises what requests raises, and is asked again."""
    plain = stack()
    shop = ReadableStack(**vars(plain), columns=COLUMNS, readback_url="http://web.shop.svc/orders?all=1")
    api = Web(text=json.dumps(ORDERS))
    shop.readback(api, tmp_path / "rows.gz")
    assert api.asked == [("shop", "web", 80), "http://api/proxy/orders?all=1"]
    assert read(tmp_path / "rows.gz").endswith("# end,2\n")
    with pytest.raises(requests.HTTPError):
        shop.readback(Web(503), tmp_path / "again.gz")
