"""Ready means for the weather stack that it answers as it was asked to, and that all of it is scraped."""

import sys
from types import SimpleNamespace

import requests
from kubernetes.client.exceptions import ApiException
from stacks import WEATHER

from slaharness.cluster.api import Endpoint
from slaharness.errors import StackTrouble
from slaharness.stack.protocol import Deriving, Pipelined, Priced, Readable, Secured

module = sys.modules[type(WEATHER).__module__]  # found by its place: the services' package has its name


class Web:
    """A session whose answers are made by a function of method and path."""

    def __init__(self, answer):
        self.answer = answer

    def request(self, method, url, **words):
        status, body = self.answer(method, url, words)
        response = requests.Response()
        response.status_code = status
        response.json = lambda: body
        response._content = str(body).encode()
        return response

    def get(self, url, **words):
        return self.request("GET", url, **words)


class Reachable:
    """An Api whose Services answer so."""

    def __init__(self, answer, *ports):
        self.answer = answer
        service = SimpleNamespace(
            spec=SimpleNamespace(ports=[SimpleNamespace(port=port) for port in (80, *ports)])
        )
        self.core = SimpleNamespace(read_namespaced_service=lambda *_: service)

    def endpoint(self, *_):
        return Endpoint("", Web(self.answer))


def test_answer_counts_only_with_the_value_just_written():
    """An edge that answers with something old has not read what was written."""
    kept = {}

    def fresh(method, url, words):
        if method == "PUT":
            kept.update(words["json"])
        return 200, kept

    assert module.answers(Reachable(fresh)) == []
    assert module.answers(Reachable(lambda *_: (200, {"high": 1.0}))) == ["a written value to be read again"]


def test_answers_are_asked_of_every_replica():
    """With one replica away the stack is not as it was asked for, though users would not notice."""
    levels = []

    def note(method, url, words):
        levels.append(words["params"]["consistency"])
        return 503, {"reason": "Unavailable: two of three"}

    assert "503" in module.answers(Reachable(note))[0]
    assert set(levels) == {"ALL"}


def test_edge_out_of_reach_is_waited_for():
    """No answer is not an error yet."""

    def gone(*_):
        raise requests.ConnectionError

    assert module.answers(Reachable(gone)) == ["an answer through the edge (ConnectionError)"]


def test_the_load_comes_by_https_where_the_edge_speaks_it():
    """Verified by what the authority published, in the namespace of the load."""
    assert WEATHER.entrance(Reachable(None)).url == "http://edge.application.svc"
    entry = WEATHER.entrance(Reachable(None, 443))
    assert entry.url == "https://edge.application.svc"
    assert (entry.authorities.kind, entry.authorities.name) == ("ConfigMap", "edge-authorities")


def test_no_pod_of_the_edge_may_have_another_certificate(monkeypatch):
    """Each is asked by itself, as its users verify it: one that nobody trusts refuses half of them."""

    def good(*_):
        return 200, {"high": float(int(module.time.time()))}

    def untrusted(*_):
        raise requests.exceptions.SSLError

    monkeypatch.setattr(module.time, "time", lambda: 7.0)
    pods = [Endpoint("", Web(good)), Endpoint("", Web(untrusted))]
    monkeypatch.setattr(module.verified, "endpoints", lambda *_: pods)
    assert module.answers(Reachable(None, 443)) == ["an answer through the edge (SSLError)"]
    pods.pop()
    assert module.answers(Reachable(None, 443)) == []


def test_an_authority_that_has_told_nobody_of_itself_is_waited_for(monkeypatch):
    """Nothing is asked meanwhile, and it is said what is missing."""

    def none(*_):
        raise StackTrouble("no certificates yet in ConfigMap load/edge-authorities (ca.crt)")

    monkeypatch.setattr(module.verified, "endpoints", none)
    (said,) = module.answers(Reachable(None, 443))
    assert "no certificates yet" in said


#: What one Prometheus's pod is told: of two jobs that are Deployments, and of the load, which is none.
TOLD = [
    "/targets",
    "readings=application/readings:8000",
    "edge=application/edge:8404",
    "load=load/locust:9646",
    "cdc=https://persistence/cassandra:8780",
]


def deployment(name, _namespace):
    container = SimpleNamespace(args=TOLD if name == "prometheus" else None)
    if name in {"locust", "cassandra"}:
        raise ApiException(status=404)
    pod = SimpleNamespace(spec=SimpleNamespace(containers=[container]))
    return SimpleNamespace(spec=SimpleNamespace(replicas=2 if name == "readings" else 0, template=pod))


def stateful(name, _namespace):
    if name != "cassandra":
        raise ApiException(status=404)
    return SimpleNamespace(spec=SimpleNamespace(replicas=3))


def test_every_pod_must_be_scraped():
    """A verdict needs all of them: one of two is too few, one that is down does not count, none may sleep."""

    def targets(*states, prometheus="up", sidecars=3):
        active = [{"labels": {"job": "readings"}, "health": state} for state in states]
        active.append({"labels": {"job": "prometheus"}, "health": prometheus})
        active += [{"labels": {"job": "cdc"}, "health": "up"}] * sidecars
        api = Reachable(lambda *_: (200, {"data": {"activeTargets": active}}))
        api.apps = SimpleNamespace(
            read_namespaced_deployment=deployment, read_namespaced_stateful_set=stateful
        )
        return api

    assert module.scrapes(targets("up", "up")) == []
    assert module.scrapes(targets("up", "down")) == ["Prometheus to scrape readings 1/2"]
    assert module.scrapes(targets("up", "up", prometheus="down")) == ["Prometheus to scrape prometheus 0/1"]
    assert module.scrapes(targets("up", "up", sidecars=2)) == ["Prometheus to scrape cdc 2/3"]


def test_stages_are_those_of_the_profile_that_is_deployed():
    """The core has none, and no run of it waits for any."""

    def missing(*_):
        raise ApiException(status=404)

    api = SimpleNamespace(
        apps=SimpleNamespace(read_namespaced_deployment=missing, read_namespaced_stateful_set=missing)
    )
    assert WEATHER.pipeline(api) == {}
    api.apps.read_namespaced_deployment = lambda *_: SimpleNamespace()
    assert list(WEATHER.pipeline(api)) == ["messages", "lake", "alerts"]


def test_it_is_what_the_harness_asks_of_a_stack():
    """Its rows can be read back, its cost told, and each of its images can be built."""
    assert isinstance(WEATHER, Readable)
    assert isinstance(WEATHER, Priced)
    assert isinstance(WEATHER, Pipelined)
    assert isinstance(WEATHER, Deriving)
    assert isinstance(WEATHER, Secured)
    assert WEATHER.images()["backup"].base == WEATHER.images()["cdc"].base == "cassandra"
    assert (WEATHER.images()["api"].extra["weather"] / "app.py").is_file()
