"""What a run tells of its backup, loss and restore: read whole, or refused by what is missing."""

import json
from dataclasses import replace

import pytest

from slaharness.checks.restore import attempts as backups
from slaharness.model import BACKUP, Event, Timeline, Window

CLAIMS = {"data-cassandra-0": "old-0"}
KEPT = {"name": "b1", "bytes": 4096, "objects": 12, "tables": ["weather.readings"]}
GONE = {"claims": CLAIMS, "volumes": {"pvc-0": "v0"}, "directories": ["/data/0"], "left": []}
BACK = {"name": "b1", "bytes": 4096, "tables": ["weather.readings"], "claims": {"data-cassandra-0": "new-0"}}
STORY = (
    Event(100, "backup began", "b1"),
    Event(104, "backup finished", json.dumps(KEPT)),
    Event(130, "storage lost", json.dumps(GONE)),
    Event(140, "restore began", "b1"),
    Event(170, "restore finished", json.dumps(BACK)),
    Event(171.5, "first verified read", ""),
)


def told(*events):
    return backups.restore_attempts(Timeline(events=events))[-1]


def without(name):
    return [one for one in STORY if one.name != name]


def test_a_whole_story_is_read():
    """Every instant, and what was told beside it."""
    found = told(*STORY)
    times = (found.began, found.finished, found.lost, found.restoring, found.restored, found.verified)
    assert times == (100, 104, 130, 140, 170, 171.5)
    assert (found.kept.objects, found.gone.claims, found.back.name) == (12, CLAIMS, "b1")


@pytest.mark.parametrize(
    "name", ["backup began", "backup finished", "storage lost", "restore began", "restore finished"]
)
def test_a_missing_event_is_named(name):
    """Half a story says nothing."""
    with pytest.raises(ValueError, match=name):
        told(*without(name))


def test_no_verified_read_is_told_as_such():
    """The rest can be judged without it; one from before the restore is none."""
    assert told(*without("first verified read")).verified is None
    assert told(*without("first verified read"), Event(135, "first verified read")).verified is None
    while_restoring = told(*STORY, Event(145, "first verified read"))
    assert while_restoring.verified == 171.5, "what was read before all was back was no read of it"


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("done", "its detail: Invalid JSON"),
        ('{"name": "b1", "bytes": 1, "objects": 1}', "tables: Field required"),
        ('{"name": "b1", "bytes": 1, "objects": 1, "tables": [3]}', "tables\\.0: Input should be"),
        ('{"name": "b1", "bytes": -1, "objects": 1, "tables": []}', "bytes: Input should be"),
        ('{"name": "b1", "bytes": 1, "objects": -1, "tables": []}', "objects: Input should be"),
    ],
)
def test_what_a_detail_lacks_is_named(detail, said):
    with pytest.raises(ValueError, match=f"^'backup finished' says too little: {said}"):
        told(STORY[0], Event(104, "backup finished", detail), *STORY[2:])


def test_more_than_is_asked_may_be_told():
    """And nothing at all be kept: an empty backup is one."""
    kept = {"name": "b1", "bytes": 0, "objects": 0, "tables": [], "store": "s3"}
    found = told(STORY[0], Event(104, "backup finished", json.dumps(kept)), *STORY[2:])
    assert (found.kept.bytes, found.kept.objects) == (0, 0)


@pytest.mark.parametrize("name", ["backup finished", "storage lost", "restore finished"])
@pytest.mark.parametrize("detail", ["", "{}", "[]", '{"name": 3}', "done"])
def test_a_detail_that_says_too_little_is_refused(name, detail):
    """A word that all went well is no evidence."""
    story = [Event(one.at, name, detail) if one.name == name else one for one in STORY]
    with pytest.raises(ValueError, match=f"'{name}' says too little"):
        told(*story)


def test_what_happens_within_one_instant_is_in_order():
    """A stack so small that clocks do not tell its steps apart."""
    found = told(*(replace(one, at=100) for one in STORY))
    assert (found.began, found.finished, found.lost, found.restored, found.verified) == (100,) * 5


def test_a_read_as_the_next_restore_begins_is_of_neither():
    """Of the first nobody read anything, and for the next one it came before all was back."""
    again = [replace(one, at=one.at + 200) for one in STORY]
    found = backups.restore_attempts(Timeline(events=(*STORY[:5], replace(STORY[5], at=340), *again[:5])))
    assert [one.verified for one in found] == [None, None]
    back = Timeline(events=(*STORY[:5], replace(STORY[5], at=370), *again[:5]))
    assert [one.verified for one in backups.restore_attempts(back)] == [None, 370]


def test_the_backup_is_the_one_that_was_restored():
    """A newer one that was not used moves nothing."""
    newer = {**KEPT, "name": "b2"}
    more = (Event(110, "backup began", "b2"), Event(112, "backup finished", json.dumps(newer)))
    assert told(*STORY, *more).began == 100


def test_of_two_backups_at_once_each_has_its_own_beginning():
    """By its name; one that was named only when it was done has the last that there was."""
    other = Event(102, "backup began", "b2")
    assert told(*STORY, other).began == 100
    job = Event(100, "backup began", "job-7")
    assert told(job, *STORY[1:], replace(job, at=150)).began == 100


def test_several_restores_are_told_one_by_one():
    """Each with its own backup, loss and first read, in order; a read of the next is none of the first."""
    names = [replace(one, at=one.at + 200, detail=one.detail.replace("b1", "b2")) for one in STORY]
    found = backups.restore_attempts(Timeline(events=(*names, *STORY)))
    assert [(one.back.name, one.began, one.lost, one.verified) for one in found] == [
        ("b1", 100, 130, 171.5), ("b2", 300, 330, 371.5),
    ]  # fmt: skip
    unread = backups.restore_attempts(Timeline(events=(*names, *without("first verified read"))))
    assert [one.verified for one in unread] == [None, 371.5]


def test_the_first_read_after_each_of_three_restores_counts():
    """Not one of the next, nor one of the last."""
    twice = (*STORY, replace(STORY[-1], at=190))
    story = [replace(one, at=one.at + later) for later in (0, 200, 400) for one in twice]
    found = backups.restore_attempts(Timeline(events=tuple(story)))
    assert [one.verified for one in found] == [171.5, 371.5, 571.5]
    unread = [one for one in story if one.name != "first verified read" or one.at > 200]
    found = backups.restore_attempts(Timeline(events=tuple(unread)))
    assert [one.verified for one in found] == [None, 371.5, 571.5]


def test_a_backup_of_after_the_loss_is_none():
    """Whatever it holds, it is not what was lost."""
    late = [Event(one.at + 35, one.name, one.detail) for one in STORY[:2]] + [*STORY[2:]]
    with pytest.raises(ValueError, match="'backup finished' is told, but not of this backup before"):
        told(*late)


def test_the_last_restore_counts():
    """One that failed and was tried again begins when it was tried again."""
    again = (Event(150, "restore failed", "no store"), Event(155, "restore began", "b1"))
    assert told(*STORY, *again).restoring == 155
    assert backups.failure(Timeline(events=(*STORY, *again))) == ""


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (STORY, ""),
        ((*STORY, Event(180, "restore failed", "checksum of x")), "the restore failed: checksum of x"),
        (
            (*STORY, Event(180, "restore failed", "x"), Event(190, "pod ready", "a/b")),
            "the restore failed: x",
        ),
        ((STORY[0], Event(101, "backup failed")), "the backup failed: it did not say"),
        ((Event(90, "backup failed", "no store"), *STORY), ""),
    ],
)
def test_a_failure_counts_as_the_last_word_only(events, said):
    """A retry that worked makes good what failed before it."""
    assert backups.failure(Timeline(events=tuple(events))).startswith(said)
    assert bool(backups.failure(Timeline(events=tuple(events)))) == bool(said)


def test_data_that_failed_to_come_back_are_not_waited_for():
    """After a backup that failed with the storage there, or a loss that others make good, all can be read."""
    failed = Event(180, "restore failed", "checksum of x")
    assert backups.unreadable(Timeline(events=(*STORY, failed))) == "the restore failed: checksum of x"
    assert backups.unreadable(Timeline(events=STORY)) == ""
    lost = Event(110, "storage lost", json.dumps(GONE))
    assert backups.unreadable(Timeline(events=(lost,))) == ""
    assert backups.unreadable(Timeline(events=(Event(101, "backup failed"),))) == ""


def test_the_window_of_a_backup():
    """For whoever asks how users fared meanwhile: long enough to tell, and over when the storage is lost."""
    assert backups.window(Timeline(events=STORY)) == Window(BACKUP, 100, 116)
    longer = Event(125, "backup finished", json.dumps(KEPT))
    assert backups.window(Timeline(events=(STORY[0], longer, *STORY[2:]))) == Window(BACKUP, 100, 125)
    lost = Event(110, "storage lost", json.dumps(GONE))
    assert backups.window(Timeline(events=(*STORY[:2], lost))) == Window(BACKUP, 100, 110)
    assert backups.window(Timeline(events=(*STORY[:2], lost, STORY[2]))) == Window(BACKUP, 100, 110)
    assert backups.window(Timeline(events=STORY[:1])) is None


@pytest.mark.parametrize(
    ("more", "end"),
    [
        ((), 116),
        ((Event(110, "pod ready", "a/b"),), 116),
        ((Event(90, "storage lost", "{}"),), 116),
        ((Event(104, "storage lost", "{}"),), 104),
    ],
    ids=["nothing", "something else", "a loss of before", "a loss at once"],
)
def test_only_a_loss_from_its_end_on_cuts_the_window_of_a_backup(more, end):
    assert backups.window(Timeline(events=(*STORY[:2], *more))) == Window(BACKUP, 100, end)
