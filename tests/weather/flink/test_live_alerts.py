"""Who is told of what, and of what nobody is told. Real parts."""

import pytest
from flinkside import SOON, now

from slaharness.host import wait

pytestmark = [pytest.mark.live, pytest.mark.nightly]


def test_the_job_waits_for_its_store_and_tells_of_what_was_there_before_it(rig):
    """Its subscriptions were; and a limit that is read after readings of a later instant counts for them."""
    assert not rig.ready()
    rig.runs()
    wait.until(lambda: rig.alerts("before"), within=SOON, what="the first alerts")
    assert {alert["temperature"] for alert in rig.alerts("before")} == {31.0, 32.0}


def test_a_reading_beyond_a_limit_is_one_alert(rig):
    """However often it is told; at the limit is not beyond it; each user is told by their own."""
    rig.limit("s1", "both", 30.0, 0.0)
    rig.limit("s1", "low", None, 5.5)
    rig.limit("elsewhere", "other", 0.0, None)
    hot, cold = rig.reading("s1", 30.5), rig.reading("s1", -1)
    rig.reading("s1", 30.0)
    rig.reading("s1", 5.5)
    rig.passed("s1")
    assert rig.alerts("both") == [
        {
            "id": f"{word['id']}.both", "user": "both", "station": "s1", "reading": word["id"],
            "at": word["at"], "temperature": word["temperature"], "high": 30.0, "low": 0.0,
            "written": word["written"],
        }
        for word in (hot, cold)
    ]  # fmt: skip
    assert [alert["reading"] for alert in rig.alerts("low")] == [cold["id"]]
    assert rig.alerts("other") == []


def test_a_limit_that_is_changed_counts_from_then_on(rig):
    """Readings that were there make none, not even when a replica tells of them late."""
    rig.limit("s2", "changing", 30.0, None)
    before = rig.reading("s2", 25.0)
    rig.passed("s2")
    rig.limit("s2", "changing", 20.0, None)
    rig.passed("s2")
    rig.told("readings", **before)
    after = rig.reading("s2", 24.0)
    rig.limit("s2", "changing", 20.0, None, written=now() - 60_000_000)
    rig.passed("s2")
    assert [alert["reading"] for alert in rig.alerts("changing")] == [after["id"]]
    assert rig.alerts("changing")[0]["high"] == 20.0


def test_a_limit_that_is_told_late_counts_for_what_was_written_after_it(rig):
    """The two topics are read side by side; and who was told by it so is told once, too."""
    rig.reading("s6", 34.0)
    set_at = now()
    word = rig.reading("s6", 35.0)
    rig.passed("s6")
    rig.limit("s6", "overtaken", 30.0, None, written=set_at)
    wait.until(lambda: rig.alerts("overtaken"), within=SOON, what="the alert")
    rig.told("readings", **(word | {"temperature": 36.0, "written": now()}))
    rig.passed("s6")
    assert [(one["reading"], one["temperature"]) for one in rig.alerts("overtaken")] == [(word["id"], 35.0)]


def test_who_wants_no_more_alerts_gets_none(rig):
    """Also when an older word on it is told once more."""
    set_at = now()
    rig.limit("s3", "leaving", 10.0, None, written=set_at)
    rig.limit("s3", "leaving", None, None, deleted=True, written=set_at)
    rig.limit("s3", "leaving", 10.0, None, written=set_at)
    rig.passed("s3")
    rig.reading("s3", 15.0)
    rig.passed("s3")
    assert rig.alerts("leaving") == []


def test_a_corrected_reading_is_told_of_once(rig):
    """When a word on it is beyond for the first time; one that was withdrawn is no reading."""
    rig.limit("s4", "patient", 30.0, None)
    rig.passed("s4")
    first = rig.reading("s4", 20.0)
    withdrawn = rig.reading("s4", None, deleted=True)
    rig.told("readings", **(withdrawn | {"temperature": 99.0, "deleted": False}))
    rig.told("readings", **(first | {"temperature": 31.0, "written": now()}))
    rig.told("readings", **(first | {"temperature": 40.0, "written": now()}))
    rig.told("readings", **(first | {"temperature": 50.0, "written": first["written"] - 1}))
    rig.passed("s4")
    assert [(one["reading"], one["temperature"]) for one in rig.alerts("patient")] == [(first["id"], 31.0)]


def test_what_could_not_be_true_goes_to_the_dead_letters_with_its_reason(rig):
    """And its neighbours are judged; a message as large as Pulsar takes is cut, not stumbled over."""
    poison = [b"no json", b"{}", b"[" * 100_000, b"x" * 1_000_000, b'{"deleted": false, "station": "../x"}']
    for content in poison:
        assert rig.send("readings", content).result(SOON)
    said = {"station": "s5", "user": "u", "high": "hot", "low": None, "written": now(), "deleted": False}
    rig.told("limits", **said)
    rig.told("limits", **(said | {"high": 1.0, "written": now() + 10**12}))
    rig.passed("s5")
    letters = list(rig.messages("readings-alerts-DLQ"))
    assert [letter.data() for letter in letters] == [content[: 64 << 10] for content in poison]
    reasons = [letter.properties()["reason"] for letter in letters]
    assert reasons[0].startswith("no JSON")
    assert reasons[1] == "deleted: nothing"
    assert reasons[4] == 'station: "../x"'
    assert letters[3].properties()["bytes"] == "1000000"
    assert letters[0].properties()["topic"] == "persistent://weather/stream/readings"
    limits = [letter.properties()["reason"] for letter in rig.messages("limits-alerts-DLQ")]
    assert limits[:3] == ['high: "hot"'] * 3
    assert all(reason.startswith("written: ") for reason in limits[3:])
