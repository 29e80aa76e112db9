"""Figures on their way: what is sent, and that trouble is one line and holds nobody up."""

import sys
import threading
import time

import pytest
import snappy
from judged import judged, verdict
from opentelemetry.exporter.prometheus_remote_write.gen.remote_pb2 import WriteRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from slaharness.errors import BadInput, RecordTrouble, SendTrouble
from slaharness.model import Outcome
from slaharness.report.outward import send as sending
from slaharness.report.outward.send import PROTOCOLS, Receiver, send, tried
from slaharness.stack.protocol import Auth

#: Of the environment, where a token may be.
VARIABLE = "OURS"


@pytest.fixture
def store(tmp_path):
    return judged(tmp_path, verdict(Outcome.MISSED), ended=2_000.5)


def test_remote_write_has_each_figure_as_of_the_runs_end(store, heard):
    """Whenever it is sent: a second time is no second run."""
    assert send(store, Receiver(heard.url, "remote-write", {"team": "data"})) == (
        f"sent 8 figures to {heard.url} by remote-write"
    )
    ((headers, body),) = heard.came
    assert headers["Content-Encoding"] == "snappy"
    request = WriteRequest.FromString(snappy.uncompress(body))
    series = {one.labels[0].value: one for one in request.timeseries}
    found = series["slaharness_verdict"]
    names = [one.name for one in found.labels]
    assert names == sorted(names)  # as the protocol asks
    labels = {one.name: one.value for one in found.labels}
    assert labels == {
        "__name__": "slaharness_verdict", "job": "slaharness", "team": "data", "scenario": "kill-db",
        "stack": "shop", "profile": "core", "cluster": "local", "objective": "answers", "window": "FAULT",
    }  # fmt: skip
    assert [(one.value, one.timestamp) for one in found.samples] == [(2.0, 2_000_500)]


def test_otlp_has_the_same(store, heard):
    """Gauges of one service, with what each means."""
    send(store, Receiver(heard.url, "otlp", {"team": "data"}))
    (whole,) = ExportMetricsServiceRequest.FromString(heard.came[0][1]).resource_metrics
    assert [(one.key, one.value.string_value) for one in whole.resource.attributes] == [
        ("service.name", "slaharness")
    ]
    metrics = {one.name: one for one in whole.scope_metrics[0].metrics}
    assert metrics["slaharness_verdict"].description.startswith("The verdict")
    (point,) = metrics["slaharness_verdict"].gauge.data_points
    assert (point.as_double, point.time_unix_nano) == (2.0, 2_000_500_000_000)
    assert {one.key: one.value.string_value for one in point.attributes} == {
        "team": "data", "scenario": "kill-db", "stack": "shop", "profile": "core", "cluster": "local",
        "objective": "answers", "window": "FAULT",
    }  # fmt: skip


def test_it_is_known_by_what_the_environment_holds(store, heard, monkeypatch):
    """A token and a tenant, never written into settings."""
    monkeypatch.setenv(VARIABLE, "s3cret")
    monkeypatch.setenv("TENANT", "team-a")
    send(store, Receiver(heard.url, "otlp", auth=Auth(token=VARIABLE, tenant="TENANT")))
    headers, _ = heard.came[0]
    assert headers["Authorization"] == "Bearer s3cret"
    assert headers["X-Scope-OrgID"] == "team-a"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_a_receiver_refuses_is_told_in_its_words(store, heard, protocol):
    """With what to do."""
    heard.status, heard.words = 400, "out of bounds\n"
    with pytest.raises(SendTrouble) as trouble:
        send(store, Receiver(heard.url, protocol))
    assert str(trouble.value) == (
        f"could not send 8 figures to {heard.url} by {protocol}: it answered 400: out of bounds; "
        f"again: slaharness send {store.folder}"
    )


def test_a_receiver_that_never_answers_holds_nobody(store, heard, monkeypatch):
    """The limit is on all of it, also where each byte comes in time."""
    monkeypatch.setattr(sending, "WITHIN", 0.3)
    heard.hold = threading.Event()
    began = time.monotonic()
    assert "no end after 0.3 s" in tried(store, Receiver(heard.url, "otlp"))
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1/in", "connection refused"),
        ("http://no-such-host.invalid/in", "its name is not known"),
    ],
)
def test_nobody_there_is_one_line(store, url, said):
    """And no error: the run was judged."""
    line = tried(store, Receiver(url, "otlp"))
    assert line == f"could not send 8 figures to {url} by otlp: {said}; again: slaharness send {store.folder}"


def test_a_run_survives_what_nobody_foresaw(store, monkeypatch):
    """Sending never changes what a run ends with."""
    monkeypatch.setattr(sending, "figures", lambda _store: 1 / 0)
    line = tried(store, Receiver("http://127.0.0.1:1/in", "otlp"))
    assert line == "could not send figures to http://127.0.0.1:1/in: ZeroDivisionError('division by zero')"


def test_a_library_that_is_not_there_is_named_with_its_extra(monkeypatch):
    """Before a run of hours, not after it."""
    monkeypatch.delitem(sys.modules, "slaharness.report.outward.remote_write", raising=False)
    monkeypatch.setitem(sys.modules, "snappy", None)
    with pytest.raises(BadInput, match=r"by remote-write needs snappy.*pip install '\.\[send\]'"):
        Receiver("http://127.0.0.1:1/in", "remote-write").check()


def test_a_variable_that_is_not_set_is_named(monkeypatch):
    """Before a run of hours, not after it."""
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(BadInput, match="environment variable OURS: it is not set"):
        Receiver("http://127.0.0.1:1/in", "otlp", auth=Auth(token=VARIABLE)).check()


def test_a_record_that_was_not_judged_has_nothing_to_tell(store):
    """Rather than a run without verdicts."""
    (store.folder / "verdicts.json").unlink()
    with pytest.raises(RecordTrouble, match=r"verdicts\.json: the record is incomplete"):
        send(store, Receiver("http://127.0.0.1:1/in", "otlp"))
