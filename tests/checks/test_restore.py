"""The verdicts on a restore: each known good, known bad, and UNKNOWN."""

from dataclasses import replace

import pytest

from slaharness.checks.restore.attempts import Back, Gone, Kept, RestoreAttempt
from slaharness.checks.restore.judge import Limits, Returned, failed, judge_restore, unknown
from slaharness.errors import Inconclusive
from slaharness.model import Outcome

MET, MISSED, UNKNOWN = Outcome
LIMITS = Limits(rpo=60, rto=120)
TABLES = frozenset({"weather.readings", "weather.limits"})
TOLD = RestoreAttempt(
    began=100, finished=104.2, kept=Kept(name="b1", bytes=3 << 20, objects=34, tables=TABLES),
    lost=130,
    gone=Gone(claims={"data-0": "old"}, volumes={"pvc-0": "v"}, directories=("/data/0",), left=()),
    restoring=140, restored=170, back=Back(name="b1", bytes=3 << 20, tables=TABLES, claims={"data-0": "new"}),
    verified=171.5,
)  # fmt: skip
FOUND = Returned(
    due=1200, lost=0, altered=0, unexpected=0, duplicated=0, resurrected=0, exposed=300, gone=280,
    behind=25.5, apart=0.0, untold="", perhaps=0, keyless=0, explained={}, examples={},
)  # fmt: skip


def judged(told=TOLD, found=FOUND, limits=LIMITS):
    return {one.objective: one for one in judge_restore([told], found, limits)}


def outcomes(verdicts):
    return [one.outcome for one in verdicts]


def test_a_good_restore_is_met_with_its_figures():
    """All back, little lost, soon readable; the backup's size and duration are shown."""
    found = judged()
    assert outcomes(found.values()) == [MET] * 4
    assert list(found) == ["restored-content", "rpo", "rto", "storage-gone"]
    content, point, time, storage = found.values()
    assert (content.seen, content.requests) == ("all back", 1200)
    assert "backup b1: 3.00 MiB in 34 objects, 2 tables, 4.2 s; restore 30.0 s" in content.reason
    assert content.reason.endswith("rows were compared in one table of 2, the one that is read back")
    assert (point.target, point.seen) == ("≤ 60 s", "25.5 s")
    assert point.requests == 300
    assert "280 acknowledged writes are gone; 300 were acknowledged between" in point.reason
    assert (time.target, time.seen) == ("≤ 120 s", "41.5 s")
    assert time.reason == (
        "restore began 10.0 s after the loss, ended 40.0 s after it; first verified read after 41.5 s"
    )
    assert storage.reason == "1 claims, 1 volumes, 1 directories were gone; the claims now are new"
    assert judge_restore([TOLD], FOUND, LIMITS)


def test_disks_that_went_as_well_are_told():
    """Only where they did: elsewhere nobody speaks of disks."""
    told = replace(TOLD, gone=TOLD.gone.model_copy(update={"disks": ("/n1", "/n2")}))
    assert "1 directories, 2 disks were gone" in judged(told)["storage-gone"].reason


@pytest.mark.parametrize("kind", ["lost", "altered", "unexpected", "duplicated", "resurrected"])
def test_one_row_that_is_not_as_it_was_is_missed(kind):
    """One of twelve hundred, whatever is wrong with it, by its name."""
    found = replace(FOUND, **{kind: 1}, examples={kind: ("r-17", "r-18")})
    content = judged(found=found)["restored-content"]
    assert (content.outcome, content.seen, content.requests) == (MISSED, f"1 {kind}", 1200)
    assert content.reason == (
        f"of 1,200 written before the backup and those after the restore; 1 {kind}, for example r-17, r-18"
    )
    assert not judge_restore([TOLD], found, LIMITS)


def test_all_that_is_wrong_is_told():
    """By any clock, where nobody knows how far they are apart."""
    content = judged(found=replace(FOUND, lost=1, altered=2, untold="no clock"))["restored-content"]
    assert (content.outcome, content.seen) == (MISSED, "1 lost, 2 altered")
    assert content.reason == "by any clock (no clock); 1 lost; 2 altered"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"untold": "no clock"}, "no clock"),
        (
            {"perhaps": 2, "apart": 1.5},
            (
                "2 keys are not as when the backup began, and may have been changed after that: "
                "the load's clock is known to 1.50 s"
            ),
        ),
        ({"due": 99}, "only 99 were written before the backup; nothing is concluded below 100"),
    ],
)
def test_nothing_wrong_is_not_yet_all_back(changed, reason):
    """Where clocks may hide it, or nearly nothing was there."""
    found = replace(FOUND, **changed)
    content = judged(found=found)["restored-content"]
    assert (content.outcome, content.seen, content.requests) == (UNKNOWN, "none", found.due)
    assert content.reason == reason


def test_without_a_word_on_the_clocks_no_recovery_point_is_told():
    point = judged(found=replace(FOUND, untold="no clock"))["rpo"]
    assert (point.outcome, point.seen, point.reason) == (UNKNOWN, "none", "no clock")


def test_a_table_that_was_backed_up_and_is_not_back_is_missed():
    """The restore says that it is done; a table, or a whole keyspace, is not there."""
    for there, names, seen in (
        ({"weather.readings"}, ["weather.limits"], "1 table missing"),
        (set(), sorted(TABLES), "2 tables missing"),
    ):
        back = TOLD.back.model_copy(update={"tables": frozenset(there)})
        content = judged(replace(TOLD, back=back))["restored-content"]
        assert (content.outcome, content.seen) == (MISSED, seen)
        assert content.reason == f"backed up, but not restored: {', '.join(names)}"


def test_a_hundred_rows_of_an_only_table_are_enough():
    """Of which no other is there to speak of."""
    one = frozenset({"weather.readings"})
    kept, back = (part.model_copy(update={"tables": one}) for part in (TOLD.kept, TOLD.back))
    alone = replace(TOLD, kept=kept, back=back)
    content = judged(alone, replace(FOUND, due=100))["restored-content"]
    assert (content.outcome, content.requests) == (MET, 100)
    assert content.reason == (
        "100 of 100 written before the backup are as they were; "
        "backup b1: 3.00 MiB in 34 objects, 1 table, 4.2 s; restore 30.0 s"
    )
    content, *_ = judge_restore([alone, TOLD], FOUND, LIMITS)
    assert content.reason.endswith(
        "1 table, 4.2 s; restore 30.0 s; "
        "backup b1: 3.00 MiB in 34 objects, 2 tables, 4.2 s; restore 30.0 s; "
        "rows were compared in one table of 2, the one that is read back"
    )


@pytest.mark.parametrize(
    ("limit", "changed", "outcome"),
    [
        (26.0, {}, UNKNOWN),
        (25.0, {}, UNKNOWN),
        (26.5, {}, MET),
        (24.5, {}, MISSED),
        (26.0, {"gone": 0}, MET),
    ],
)
def test_a_limit_as_near_as_the_clocks_are_apart_is_not_judged(limit, changed, outcome):
    """A second either way, of a point of 25.5 s; where nothing is gone, no clock is asked."""
    point = judged(found=replace(FOUND, apart=1.0, **changed), limits=replace(LIMITS, rpo=limit))["rpo"]
    assert point.outcome is outcome
    if outcome is UNKNOWN:
        assert point.reason.startswith("the load's clock may be 1.00 s from the harness's")
        assert (point.seen, point.requests) == ("25.5 s", 300)


def test_what_cannot_be_compared_is_unknown():
    """Without the ledger or the readback nobody knows; how long it took is known all the same."""
    found = judged(found="ledger.csv.gz: cut short")
    assert outcomes(found.values()) == [UNKNOWN, UNKNOWN, MET, MET]
    for one in (found["restored-content"], found["rpo"]):
        assert (one.seen, one.reason) == ("none", "ledger.csv.gz: cut short")


@pytest.mark.parametrize(("limit", "outcome"), [(25.5, MET), (25.4, MISSED)])
def test_the_recovery_point_is_held_to_its_limit(limit, outcome):
    """From the oldest write that is gone to the loss."""
    assert judged(limits=replace(LIMITS, rpo=limit))["rpo"].outcome is outcome


def test_one_write_at_stake_that_is_gone_is_told_as_one():
    assert judged(found=replace(FOUND, exposed=1, gone=1))["rpo"].reason == (
        "1 acknowledged write is gone; 1 was acknowledged between the backup's beginning and the loss"
    )


def test_nothing_gone_is_a_recovery_point_of_nothing():
    """Or of what was meant after the loss."""
    for behind in (None, 0.0):
        assert judged(found=replace(FOUND, gone=0, behind=behind))["rpo"].seen == "0.0 s"


def test_nothing_at_stake_is_no_recovery_point():
    """Where nobody wrote between backup and loss, a backup once a year would do."""
    point = judged(found=replace(FOUND, exposed=0, gone=0, behind=None))["rpo"]
    assert (point.outcome, point.seen, point.requests) == (UNKNOWN, "none", 0)
    assert point.reason.endswith("so nothing was at stake")


@pytest.mark.parametrize(("limit", "outcome"), [(41.5, MET), (41.4, MISSED)])
def test_the_recovery_time_is_held_to_its_limit(limit, outcome):
    """From the loss to the first read that was right."""
    assert judged(limits=replace(LIMITS, rto=limit))["rto"].outcome is outcome


def test_no_verified_read_is_no_recovery_time():
    """Done is not readable."""
    time = judged(replace(TOLD, verified=None))["rto"]
    assert (time.outcome, time.seen) == (UNKNOWN, "none")
    assert time.reason == "the run does not tell of a verified read once all was restored"


@pytest.mark.parametrize(
    ("gone", "back", "said"),
    [
        ({}, {"claims": {"data-0": "old"}}, "data-0 is still the claim old"),
        ({"left": ("/data/0",)}, {}, "/data/0 was left"),
        ({"claims": {}}, {}, "no claims or volumes are told of"),
        ({"volumes": {}}, {}, "no claims or volumes are told of"),
        ({}, {"claims": {}}, "no claims or volumes are told of"),
    ],
)
def test_storage_that_was_not_gone_puts_nothing_to_the_test(gone, back, said):
    """Nothing was lost, so nothing was restored, however good all looks."""
    told = replace(TOLD, gone=TOLD.gone.model_copy(update=gone), back=TOLD.back.model_copy(update=back))
    found = judge_restore([told], FOUND, LIMITS)
    assert outcomes(found) == [UNKNOWN] * 4
    assert all(said in one.reason for one in found)
    with pytest.raises(Inconclusive, match="restored-content"):
        bool(found)


def test_all_that_was_left_is_told():
    told = replace(TOLD, gone=TOLD.gone.model_copy(update={"left": ("/data/0", "/data/1")}))
    assert judged(told)["storage-gone"].reason == "/data/0 was left; /data/1 was left"


def test_of_several_restores_the_worst_counts():
    """The slower one's time, a table that either lacks, storage that either kept; all efforts are told."""
    slow = replace(TOLD, verified=180.0)
    found = {one.objective: one for one in judge_restore([slow, TOLD], FOUND, LIMITS)}
    assert outcomes(found.values()) == [MET] * 4
    assert found["rto"].seen == "50.0 s"
    assert found["restored-content"].reason.count("backup b1: 3.00 MiB") == 2
    assert "1 directories and then 1 claims" in found["storage-gone"].reason
    lacking = replace(TOLD, back=TOLD.back.model_copy(update={"tables": frozenset()}))
    kept = replace(TOLD, gone=TOLD.gone.model_copy(update={"left": ("volume x",)}))
    unread = replace(TOLD, verified=None)
    for bad, wanted in (
        (lacking, [MISSED, MET, MET, MET]), (kept, [UNKNOWN] * 4), (unread, [MET, MET, UNKNOWN, MET]),
    ):  # fmt: skip
        assert outcomes(judge_restore([bad, TOLD], FOUND, LIMITS)) == wanted


def test_a_failure_as_the_last_word_is_missed():
    """Nothing was brought back; of the storage nobody says."""
    assert outcomes(failed(LIMITS, "the restore failed: x")) == [MISSED, MISSED, MISSED, UNKNOWN]
    assert not failed(LIMITS, "the restore failed: x")


def test_a_run_that_tells_nothing_is_unknown():
    """Four questions, no answer, one reason."""
    found = unknown(LIMITS, "no event")
    assert outcomes(found) == [UNKNOWN] * 4
    assert {(one.seen, one.reason) for one in found} == {("none", "no event")}


def test_writes_without_a_key_were_not_looked_for():
    """What is back as it was is not all that was acknowledged, and how much is gone is not known."""
    found = judged(found=replace(FOUND, keyless=7))
    said = "7 acknowledged writes and deletes say no key: nobody looked for them"
    for name in ("restored-content", "rpo"):
        assert (found[name].outcome, found[name].reason) == (UNKNOWN, said)
    assert judged(found=replace(FOUND, keyless=7, behind=61.0))["rpo"].outcome is MISSED


@pytest.mark.parametrize(("explained", "outcome"), [(2, UNKNOWN), (1, MISSED)])
def test_a_row_that_a_write_without_a_key_may_have_made_is_not_surely_wrong(explained, outcome):
    """As many as there were of those, and no more."""
    found = judged(found=replace(FOUND, unexpected=2, explained={"unexpected": explained}))
    assert found["restored-content"].outcome is outcome
    doubled = replace(FOUND, unexpected=2, duplicated=1, explained={"unexpected": 2})
    assert judged(found=doubled)["restored-content"].outcome is MISSED


def test_a_backup_that_says_no_table_is_not_known_to_be_back():
    nothing = TOLD.kept.model_copy(update={"tables": frozenset()})
    content = judged(replace(TOLD, kept=nothing))["restored-content"]
    assert (content.outcome, content.reason) == (UNKNOWN, "a backup does not say which tables it has")


def test_every_claim_has_a_volume_that_has_to_go():
    """Of two that are not told of, nobody knows whether they went."""
    claims = {"data-0": "a", "data-1": "b", "data-2": "c"}
    new = TOLD.back.model_copy(update={"claims": {name: f"new-{name}" for name in claims}})
    told = replace(TOLD, gone=TOLD.gone.model_copy(update={"claims": claims}), back=new)
    storage = judged(told)["storage-gone"]
    assert (storage.outcome, storage.reason) == (UNKNOWN, "of the volumes of 3 claims only 1 are told of")
