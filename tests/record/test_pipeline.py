"""What later stages hold is read until nothing is missing, or until it is late."""

import gzip
from types import SimpleNamespace

import pytest
from ledgers import READINGS

from slaharness.errors import LoadTrouble
from slaharness.events import NO_STAGE, STAGE_READ
from slaharness.ledger import ledger
from slaharness.ledger.ledger import HEADER, Request
from slaharness.model import Scenario
from slaharness.record import pipeline
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore

KEYS = ("k1", "k2")


class Passing:
    """A stack with one stage, which holds one more row each time it is read."""

    name = entry = load_namespace = ""
    namespaces, prometheus, profile, images, missing = (), None, None, None, None

    def __init__(self, holds=0, most=2, trouble=None):
        self.holds, self.most, self.trouble = holds, most, trouble

    def pipeline(self, _api):
        return {"topic": READINGS}

    def read_stage(self, _api, stage, into):
        if self.trouble:
            raise self.trouble
        assert stage == "topic"
        rows = [f"run,1000,{key},1.5,3000" for key in KEYS[: self.holds]]
        text = "\n".join([",".join([*READINGS.types, "arrived"]), *rows, f"# end,{len(rows)}", ""])
        into.write_bytes(gzip.compress(text.encode()))
        self.holds = min(self.holds + 1, self.most)


@pytest.fixture
def recorder(tmp_path, monkeypatch):
    """Of a run with two acknowledged writes."""
    monkeypatch.setattr(pipeline, "EVERY", 0.01)
    monkeypatch.setattr(pipeline, "WITHIN", 20)
    monkeypatch.setattr(pipeline, "READING", 0.1)
    store = RecordStore.create(tmp_path, "kill")
    asked = [Request(1, 1, 2, "post", "write", key, "run|1000|1.5", "ok", 201) for key in KEYS]
    text = "\n".join([",".join(HEADER), *(",".join(map(str, one)) for one in asked), "# end,2", ""])
    store.ledger.write_bytes(gzip.compress(text.encode()))
    return RunRecorder(store, RunRecord(Scenario("kill", "load", "kill"), "r1"))


class Following(Passing):
    """Its stage holds what follows: of the first write surely, of the second perhaps."""

    def due(self, stage, asked):
        assert stage == "topic"
        return (one._replace(outcome=how) for one, how in zip(asked, ("ok", "unknown"), strict=True))


def events(recorder, name):
    return [one.detail for one in recorder.record.timeline.events if one.name == name]


def kept(recorder):
    return gzip.decompress(recorder.store.stage("topic").read_bytes()).decode().splitlines()[-1]


def test_a_stage_that_is_behind_is_read_again_until_it_has_it_all(recorder):
    """Behind is late, not lost; each reading is told, and the last one is kept."""
    pipeline.keep(Passing(), None, recorder)
    assert kept(recorder) == "# end,2"
    assert events(recorder, STAGE_READ) == ["topic"] * 3
    assert recorder.record.pipeline == {"topic": READINGS}
    assert events(recorder, NO_STAGE) == []


def test_a_stage_that_never_has_it_all_is_kept_as_it_is(recorder, monkeypatch):
    """Its verdicts tell what is missing; the run goes on."""
    monkeypatch.setattr(pipeline, "WITHIN", 1)
    pipeline.keep(Passing(holds=1, most=1), None, recorder)
    assert kept(recorder) == "# end,1"
    assert events(recorder, NO_STAGE) == []


def test_a_stage_that_cannot_be_read_is_told_with_the_reason(recorder):
    pipeline.keep(Passing(trouble=LoadTrouble("503: Pulsar is away")), None, recorder)
    (why,) = events(recorder, NO_STAGE)
    assert why.startswith("topic could not be read")
    assert "503: Pulsar is away" in why
    assert recorder.record.pipeline == {}


def test_a_stack_that_passes_nothing_on_costs_nothing(recorder):
    """Most have no later stage."""
    pipeline.keep(SimpleNamespace(name="echo"), None, recorder)
    assert recorder.record.timeline.events == ()


def test_a_stage_that_holds_what_follows_is_held_against_that(recorder):
    """What may have been due is not waited for; by what it was held is kept for whoever judges it later."""
    pipeline.keep(Following(most=1), None, recorder)
    assert kept(recorder) == "# end,1"
    assert events(recorder, STAGE_READ) == ["topic"] * 2
    due = ledger.load(recorder.store.due("topic"), READINGS)
    assert [(one.key, one.outcome) for one in due.requests] == [("k1", "ok"), ("k2", "unknown")]
    assert recorder.store.held_against("topic") == due.path


def test_a_stage_that_holds_what_was_written_is_held_against_the_load(recorder):
    """Also one of a stack that has others."""
    stack = Following()
    stack.due = lambda *_: None
    pipeline.keep(stack, None, recorder)
    assert recorder.store.held_against("topic") == recorder.store.ledger


class Withdrawing(Passing):
    """Its stage holds all, and hears of a withdrawal only after it was read once."""

    def read_stage(self, api, stage, into):
        super().read_stage(api, stage, into)
        self.holds = 1


def test_a_withdrawal_that_is_under_way_is_waited_for(recorder):
    """As a write is: what is there still may be gone in a moment."""
    withdrawn = Request(3, 3, 4, "drop", "delete", "k2", "", "ok", 204)
    ledger.save(recorder.store.ledger, [*ledger.words(recorder.store.ledger), withdrawn])
    stack = Withdrawing(holds=2)
    pipeline.keep(stack, None, recorder)
    assert events(recorder, STAGE_READ) == ["topic"] * 2
    assert kept(recorder) == "# end,1"


def test_a_ledger_of_which_a_stack_cannot_tell_what_is_due_is_told_with_the_reason(recorder):
    """Whatever a project's profile wrote into it: the run goes on, and that stage is not known."""

    class Puzzled(Passing):
        def due(self, stage, asked):
            yield from (one for one in asked if int(one.value))

    pipeline.keep(Puzzled(), None, recorder)
    (why,) = events(recorder, NO_STAGE)
    assert why.startswith(
        "topic could not be read: what is due there cannot be told of this ledger: ValueError"
    )
    assert recorder.record.pipeline == {}
