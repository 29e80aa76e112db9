"""One run at a time in a cluster, from wherever it comes."""

import re
from typing import Any

import pytest

from slaharness.cluster import lease
from slaharness.errors import ClusterTrouble
from slaharness.host import interrupt
from slaharness.host.wait import until

KEY = ("leases", "default", "slaharness-run")


def test_the_second_run_is_told_who_is_there(cluster: Any) -> None:
    """At once, in one line; afterwards nothing is left, and the next one may."""
    api = cluster.info.api()
    with lease.held(api, "context it", "other/7"):
        with (
            pytest.raises(ClusterTrouble, match=r"context it: another run is on it \(other/7, ") as told,
            lease.held(cluster.info.api(), "context it", "me/8"),
        ):
            pytest.fail("it was begun")
        assert "\n" not in str(told.value)
        spec = cluster.objects[KEY]["spec"]
        assert spec["holderIdentity"] == "other/7"
        six = r"20..-..-..T..:..:..\.\d{6}(Z|[+]00:00)"  # a real API server takes no other
        assert re.fullmatch(six, spec["renewTime"]), spec
    assert cluster.names("leases") == []
    with lease.held(api, "context it", "me/8"):
        pass


def test_it_is_renewed_while_the_run_lives(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of an hour is not taken for a dead one."""
    monkeypatch.setattr(lease, "RENEWED", 0.05)
    with lease.held(cluster.info.api(), "it", "me"):
        first = cluster.objects[KEY]["metadata"]["resourceVersion"]
        until(
            lambda: cluster.objects[KEY]["metadata"]["resourceVersion"] != first,
            within=5,
            what="it is renewed",
        )
        assert cluster.objects[KEY]["spec"]["holderIdentity"] == "me"


@pytest.mark.parametrize(("age", "taken"), [(30, False), (90, True)])
def test_one_that_nobody_renews_is_taken_over(cluster: Any, age: int, taken: bool) -> None:  # noqa: FBT001
    """Its holder was killed on another machine; that it is only slow is given a minute."""
    api = cluster.info.api()
    now = lease._now(lease.client.CoordinationV1Api(api.client))
    meta = {"name": KEY[2], "namespace": KEY[1], "uid": "u", "resourceVersion": "1"}
    spec = lease._spec("dead/9", now - lease.dt.timedelta(seconds=age))
    cluster.objects[KEY] = {"metadata": meta, "spec": spec}
    try:
        with lease.held(api, "it", "me"):
            assert cluster.objects[KEY]["spec"]["holderIdentity"] == "me"
    except ClusterTrouble:
        assert not taken
    else:
        assert taken


def test_what_another_run_has_taken_over_is_not_released(cluster: Any) -> None:
    """A harness that was suspended for an hour wakes up beside its successor."""
    api = cluster.info.api()
    with lease.held(api, "it", "me"):
        cluster.objects[KEY]["spec"]["holderIdentity"] = "successor"
    assert cluster.objects[KEY]["spec"]["holderIdentity"] == "successor"


def test_a_run_that_another_has_taken_over_ends(
    cluster: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says by whom, undoes what it did, and lets the other one go on."""
    monkeypatch.setattr(lease, "RENEWED", 0.05)
    undone = []

    def work() -> None:
        try:
            cluster.objects[KEY]["spec"]["holderIdentity"] = "successor"
            until(lambda: False, within=20, what="all is over")
        finally:
            undone.append("all")

    with (
        interrupt.undoing(),
        pytest.raises(KeyboardInterrupt),
        lease.held(cluster.info.api(), "context it", "me"),
    ):
        work()
    assert undone == ["all"]
    assert "context it: another run (successor) has taken it over" in capsys.readouterr().err
    assert cluster.objects[KEY]["spec"]["holderIdentity"] == "successor"


def test_one_that_somebody_deleted_is_made_again(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else has it, so the run goes on, and holds it."""
    monkeypatch.setattr(lease, "RENEWED", 0.05)
    with lease.held(cluster.info.api(), "it", "me"):
        del cluster.objects[KEY]
        until(lambda: KEY in cluster.objects, within=5, what="it is held again")
        assert cluster.objects[KEY]["spec"]["holderIdentity"] == "me"


def test_without_the_right_to_it_the_line_says_where_rights_are(cluster: Any) -> None:
    """And nothing is begun."""
    cluster.forbidden.add(("POST", "leases"))
    with (
        pytest.raises(ClusterTrouble, match="slaharness rights"),
        lease.held(cluster.info.api(), "it", "me"),
    ):
        pytest.fail("it was begun")
