"""What a killed harness leaves is written down before it exists, and put back by the next one."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from slaharness.cluster import lease
from slaharness.errors import ClusterTrouble, HarnessError, HostTrouble
from slaharness.host import interrupt, paths
from slaharness.undo import journal as undo
from slaharness.undo import owner
from slaharness.undo.heal import LEASE, Healed, heal
from slaharness.undo.journal import Entry

THING = Entry("a thing", "thing", {"n": 1})


def on_disk(state: Path, run: str = "r") -> list[dict[str, Any]]:
    return json.loads((state / "undo" / f"{run}.json").read_text())["entries"]


@pytest.fixture
def dead() -> owner.Owner:
    """A process of this machine that has ended: it holds no lock."""
    return owner.me()


def leave(state: Path, by: owner.Owner, *entries: Entry, run: str = "r") -> None:
    """Leave a journal behind."""
    found = undo.Found(run, by, entries)
    undo.write(state / "undo" / f"{run}.json", found.text)


def test_an_effect_is_on_disk_before_it_happens_and_gone_after(state: Path) -> None:
    """A kill at any moment finds the entry there whenever the effect may be."""

    @contextmanager
    def thing() -> Iterator[str]:
        assert on_disk(state) == [asdict(THING)]
        yield "made"
        assert on_disk(state) == [asdict(THING)]

    with undo.journal("r") as journal:
        with journal.effect(THING, thing()) as made:
            assert made == "made"
        assert on_disk(state) == []
    assert not (state / "undo" / "r.json").exists()


def test_effects_nest(state: Path) -> None:
    """Several effects stand at a time; each goes with its own."""
    other = Entry("another", "thing", {"n": 2})
    with undo.journal("r") as journal, journal.effect(THING):
        with journal.effect(other):
            assert len(on_disk(state)) == 2
        assert on_disk(state) == [asdict(THING)]


def test_an_interrupted_body_whose_effect_undid_itself_leaves_no_entry(state: Path) -> None:
    """Ctrl-C passes through a context manager that cleans up: nothing remains to heal."""

    @contextmanager
    def thing() -> Iterator[None]:
        yield

    with pytest.raises(KeyboardInterrupt), undo.journal("r") as journal, journal.effect(THING, thing()):
        raise KeyboardInterrupt
    assert not (state / "undo" / "r.json").exists()


def test_an_effect_that_fails_to_undo_itself_stays_written(state: Path) -> None:
    """The next ``heal`` gets it."""

    @contextmanager
    def thing() -> Iterator[None]:
        try:
            yield
        finally:
            raise ClusterTrouble("the API is gone")

    with pytest.raises(ClusterTrouble), undo.journal("r") as journal, journal.effect(THING, thing()):
        raise KeyboardInterrupt
    assert on_disk(state) == [asdict(THING)]


def test_an_error_in_a_body_that_does_both_keeps_the_entry(state: Path) -> None:
    """Without a context manager nobody can tell how far the undoing came, so it is done again."""
    with pytest.raises(KeyError), undo.journal("r") as journal, journal.effect(THING):
        raise KeyError
    assert on_disk(state) == [asdict(THING)]


def test_heal_undoes_newest_first_and_once(state: Path, dead: owner.Owner) -> None:
    """What was made last goes first; a second ``heal`` finds nothing."""
    leave(state, dead, Entry("first", "thing", {"n": 1}), Entry("second", "thing", {"n": 2}))
    undone: list[Any] = []
    assert heal({"thing": undone.append}) == [Healed("r", "second"), Healed("r", "first")]
    assert undone == [{"n": 2}, {"n": 1}]
    assert heal({"thing": undone.append}) == []
    assert not (state / "undo" / "r.json").exists()


HOLDER = """
import sys, time
from pathlib import Path
from slaharness.host import lock
held = lock.take(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_living_run_is_left_alone(state: Path) -> None:
    """Two harnesses at once, in two containers even: what the later one may not undo is locked."""
    leave(state, owner.me(), THING)
    words = [sys.executable, "-c", HOLDER, state / "undo/r.lock"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert heal({"thing": lambda _args: pytest.fail("it was undone")}) == []
        assert on_disk(state) == [asdict(THING)]
        other.kill()
    assert heal({"thing": lambda _args: None}) == [Healed("r", "a thing")]


def test_our_own_run_is_left_alone(state: Path) -> None:
    """``heal`` at the start of a run, with the run's journal open already."""
    with undo.journal("r") as journal, journal.effect(THING):
        assert heal({"thing": lambda _args: pytest.fail("it was undone")}) == []


def test_a_number_is_not_a_process(state: Path) -> None:
    """A journal of an earlier version names a process; another one has its number in another namespace."""
    leave(state, owner.me(), THING)
    file = state / "undo/r.json"
    whole = json.loads(file.read_text())
    whole["owner"] |= {"boot": "b", "pid": os.getpid(), "ticks": 1}
    file.write_text(json.dumps(whole))
    assert heal({"thing": lambda _args: None}) == [Healed("r", "a thing")]


def test_a_run_leaves_no_file(state: Path) -> None:
    """Neither journal nor lock, when all was undone."""
    with undo.journal("r") as journal, journal.effect(THING):
        pass
    assert [file.name for file in (state / "undo").iterdir()] == []


def test_two_runs_never_share_a_journal(state: Path) -> None:
    """One would strike what the other still has to undo."""
    with undo.journal("r"), pytest.raises(ClusterTrouble, match="under way"), undo.journal("r"):
        pytest.fail("it was begun")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_things_are_undone_comes_after_that(state: Path, number: int) -> None:
    """Also a second one: a run that has ended well is not left half undone because somebody is in a hurry."""
    done: list[str] = []

    @contextmanager
    def thing(name: str) -> Iterator[None]:
        try:
            yield
        finally:
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), signal.SIGINT)
            done.append(name)

    with (
        pytest.raises(KeyboardInterrupt),
        interrupt.undoing(),
        undo.journal("r") as journal,
        journal.effect(THING, thing("first")),
        journal.effect(THING, thing("second")),
    ):
        pass
    assert done == ["second", "first"]
    assert not (state / "undo/r.json").exists()


def test_ctrl_c_while_healing_ends_after_what_is_being_undone(state: Path, dead: owner.Owner) -> None:
    """That is undone whole, and struck; what comes later stays for the next time."""
    leave(state, dead, Entry("later", "thing", {"n": 1}), Entry("now", "thing", {"n": 2}))
    done: list[Any] = []

    def undoing(args: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        done.append(args)

    with pytest.raises(KeyboardInterrupt), interrupt.undoing():
        heal({"thing": undoing})
    assert done == [{"n": 2}]
    assert [entry["what"] for entry in on_disk(state)] == ["later"]


def test_a_journal_of_another_machine_is_left_alone(state: Path) -> None:
    """On a shared disk only the machine of the process knows whether it lives."""
    leave(state, owner.Owner("elsewhere"), THING)
    (healed,) = heal({"thing": lambda _args: pytest.fail("it was undone")})
    assert "machine elsewhere" in healed.problem
    assert on_disk(state) == [asdict(THING)]


def test_what_cannot_be_undone_now_stays_for_later(state: Path, dead: owner.Owner) -> None:
    """A failing or unknown undo is told with its reason, does not stop the others, and is kept."""
    leave(state, dead, Entry("good", "good", {}), Entry("bad", "bad", {}), Entry("new", "new", {}))

    def refuse(_args: Any) -> None:
        raise HarnessError("not now")

    healed = heal({"good": lambda _args: None, "bad": refuse})
    assert healed == [
        Healed("r", "good"),
        Healed("r", "new", "this version cannot undo 'new'"),
        Healed("r", "bad", "not now"),
    ]
    assert [entry["what"] for entry in on_disk(state)] == ["bad", "new"]
    assert heal({"bad": lambda _args: None, "new": lambda _args: None})[-1] == Healed("r", "bad")


def test_what_hangs_on_a_later_undo_is_tried_again(state: Path, dead: owner.Owner) -> None:
    """Objects of a half-dead cluster cannot be deleted; once the cluster is gone they are gone too."""
    gone: list[Any] = []

    def objects(_args: Any) -> None:
        if not gone:
            raise ClusterTrouble("no answer")

    leave(state, dead, Entry("cluster", "cluster", {}), Entry("pod", "pod", {}))
    assert heal({"cluster": gone.append, "pod": objects}) == [Healed("r", "cluster"), Healed("r", "pod")]


def test_what_hangs_on_the_undo_of_another_run_is_tried_again(state: Path, dead: owner.Owner) -> None:
    """After a reboot a cluster does not answer until the journal of its site, a later one, removed it."""
    there = ["the cluster"]

    def load(_: Any) -> None:
        if there:
            raise ClusterTrouble("no answer")

    leave(state, dead, Entry("the load", "load", {}), run="a1")
    leave(state, dead, Entry("the cluster", "cluster", {}), run="site-b2")
    done = heal({"load": load, "cluster": lambda _: there.clear()})
    assert done == [Healed("site-b2", "the cluster"), Healed("a1", "the load")]
    assert heal({}) == []


@pytest.mark.parametrize("text", ["", '{"run": "r", "ent', "[]", '{"run": "r", "owner": {}, "entries": []}'])
def test_a_journal_cut_short_is_reported_and_kept_aside(state: Path, text: str) -> None:
    """A disk that filled up must not keep everything else from being healed."""
    (state / "undo").mkdir(parents=True, mode=0o700)
    (state / "undo" / "r.json").write_text(text)
    (healed,) = heal({})
    assert "cannot be read" in healed.problem
    assert (state / "undo" / "r.broken").read_text() == text
    assert heal({}) == []


def test_a_folder_that_cannot_be_written_begins_nothing(state: Path) -> None:
    """Full disk, no rights: one line that says which folder and which setting, for runs and for ``heal``."""
    state.write_text("not a folder")
    with pytest.raises(HostTrouble, match="SLAHARNESS_STATE"), undo.journal("r"):
        pytest.fail("it was begun")
    with pytest.raises(HostTrouble, match="SLAHARNESS_STATE"):
        heal({})


def test_objects_and_files_are_deleted_and_a_lost_cluster_is_no_trouble(
    cluster: Any, state: Path, dead: owner.Owner, tmp_path: Path
) -> None:
    """``objects`` entries need no handler: what is there goes, what is not is fine, also a whole cluster."""
    cluster.pod("load", "locust")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "locust", "namespace": "load"}}
    ghost = {**pod, "metadata": {"name": "ghost", "namespace": "load"}}
    (tmp_path / "token").touch()
    leave(state, dead, undo.objects("pods", cluster.info, [pod, ghost], [tmp_path / "token"]))
    assert heal({}) == [Healed("r", "pods")]
    assert "locust" not in cluster.names("pods")
    assert not (tmp_path / "token").exists()
    ours = replace(cluster.info, kubeconfig=paths.STATE / "clusters/gone/kubeconfig")
    leave(state, dead, undo.objects("pods", ours, [pod]))
    assert heal({}) == [Healed("r", "pods")]


def test_a_cluster_with_a_living_run_on_it_is_left_alone(
    cluster: Any, state: Path, dead: owner.Owner
) -> None:
    """Its load has the name that the dead run's had: it would be taken away from under it."""
    cluster.pod("load", "locust")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "locust", "namespace": "load"}}
    leave(state, dead, undo.objects("the load", cluster.info, [pod]))
    with lease.held(cluster.info.api(), "it", "elsewhere/7/b"):
        (found,) = heal({})
        assert "another run is on it (elsewhere/7/b" in found.problem
        assert "locust" in cluster.names("pods")
        assert [entry["what"] for entry in on_disk(state)] == ["the load"]
    assert heal({}) == [Healed("r", "the load")]
    assert "locust" not in cluster.names("pods")
    assert cluster.names("leases") == []


def test_the_lease_of_a_dead_run_keeps_nobody_from_healing(
    cluster: Any, state: Path, dead: owner.Owner
) -> None:
    """It was killed a moment ago, and its lease would count for a minute yet."""
    cluster.pod("load", "locust")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "locust", "namespace": "load"}}
    where = undo.objects("the load", cluster.info, [pod])
    on_it = Entry("the lease", LEASE, {"cluster": dict(where.args), "holder": "here/6/a"})
    leave(state, dead, where, run="a1")
    leave(state, dead, on_it, run="site-b2")
    lease._take(lease.client.CoordinationV1Api(cluster.info.api().client), "it", "here/6/a", ())
    assert heal({}) == [Healed("a1", "the load"), Healed("site-b2", "the lease")]
    assert "locust" not in cluster.names("pods")
    assert cluster.names("leases") == []


def test_what_the_api_refuses_to_delete_is_told_and_kept(
    cluster: Any, state: Path, dead: owner.Owner
) -> None:
    """Trouble of the cluster, in a line, and no bug of ours."""
    cluster.pod("load", "locust")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "locust", "namespace": "load"}}
    cluster.forbidden.add(("DELETE", "pods"))
    with pytest.raises(ClusterTrouble, match="the API server refused: 403"):
        cluster.info.api().delete([pod])
    leave(state, dead, undo.objects("pods", cluster.info, [pod]))
    (found,) = heal({})
    assert "refused" in found.problem


def test_a_foreign_cluster_does_not_go_with_its_kubeconfig(
    cluster: Any, state: Path, dead: owner.Owner
) -> None:
    """What was done to it is still there, so the journal stays until it can be reached again."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "locust", "namespace": "load"}}
    there = cluster.info.kubeconfig
    leave(state, dead, undo.objects("pods", cluster.info, [pod]))
    away = there.rename(there.with_suffix(".away"))
    (found,) = heal({})
    assert "put it back, then heal again" in found.problem
    away.rename(there)
    assert heal({}) == [Healed("r", "pods")]


def test_a_later_cluster_of_the_same_address_is_left_alone(
    cluster: Any, state: Path, dead: owner.Owner
) -> None:
    """A context that leads elsewhere now: nothing is deleted there, and the journal stays."""
    cluster.pod("load", "locust")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "locust", "namespace": "load"}}
    leave(state, dead, undo.objects("pods", replace(cluster.info, uid="another"), [pod]))
    (found,) = heal({})
    assert "leads to another cluster now" in found.problem
    assert "locust" in cluster.names("pods")
    leave(state, dead, undo.objects("pods", replace(cluster.info, uid=cluster.uid), [pod]))
    assert heal({}) == [Healed("r", "pods")]
    assert "locust" not in cluster.names("pods")


def test_what_was_done_to_an_earlier_cluster_of_this_machine_went_with_it(
    cluster: Any, state: Path, dead: owner.Owner
) -> None:
    """The local cluster was made anew under its name: its objects are not those of the dead run."""
    cluster.pod("load", "locust")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "locust", "namespace": "load"}}
    ours = paths.STATE / "clusters/default/kubeconfig"
    ours.parent.mkdir(parents=True)
    shutil.copy(cluster.info.kubeconfig, ours)
    info = replace(cluster.info, kubeconfig=ours, uid="another")
    leave(state, dead, undo.objects("pods", info, [pod]))
    assert heal({}) == [Healed("r", "pods")]
    assert "locust" in cluster.names("pods")


def test_a_journal_that_others_may_write_is_not_replayed(state: Path, dead: owner.Owner) -> None:
    """It says what to delete, with all the rights of a kubeconfig."""
    leave(state, dead, THING)
    state.chmod(0o777)
    with pytest.raises(HostTrouble, match="may be written by others"):
        heal({"thing": lambda _args: pytest.fail("it was undone")})
