"""What users are promised of work that is done later, and what workers do about it."""

import asyncio
import contextlib
import uuid
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from weather.database import Unavailable

from weather import analytics, fanout, queue, statements

KEY = uuid.uuid4()
STORM = {"id": str(KEY), "text": "storm", "to": ["airport", "harbour"]}


class Table:
    """A store whose queue is real, and whose deliveries fail for as long as there is ``trouble``."""

    ready = True

    def __init__(self, *waiting):
        self.waiting = {key: SimpleNamespace(id=key, station="S1", task=task) for key, task in waiting}
        self.delivered, self.trouble, self.order, self.empty = [], 0, [], asyncio.Event()
        self.dead, self.full = [], False

    async def run(self, text, values=(), **_):
        if text == statements.WAITING:
            if not self.waiting:
                self.empty.set()
            return list(self.waiting.values())[: values[1]]
        self.order.append(text)
        if text == statements.TAKE_OFF:
            self.waiting.pop(values[1], None)
        elif text == statements.DELIVER:
            if self.trouble:
                self.trouble -= 1
                raise Unavailable("two of three")
            if values[3] == "hopeless":
                raise Unavailable("no node takes it")
            self.delivered.append(values[2])
        elif text == statements.GIVE_UP:
            if self.full:
                raise Unavailable("no quorum")
            self.dead.append((values[1], values[4]))
        return []


def worked_off(table, kind=fanout.KIND, do=fanout.deliver):
    """Let a worker at it until nothing waits."""

    async def until_empty():
        worker = asyncio.create_task(queue.work_off(table, kind, do))
        async with asyncio.timeout(5):
            await table.empty.wait()
        worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await worker

    asyncio.run(until_empty())


def announcement(text="storm", *to):
    key = uuid.uuid4()
    listed = ",".join(f'"{one}"' for one in to or ("airport",))
    return key, f'{{"id":"{key}","text":"{text}","to":[{listed}]}}'


def test_accepted_is_said_after_the_queue_took_it(tasks_service):
    """A 202 means that the work is kept, under the client's own id, at the consistency asked for."""
    answer = tasks_service.ask("POST", "/stations/S1/announcements?consistency=ALL", json=STORM)
    assert (answer.status_code, answer.json()) == (202, {"id": STORM["id"]})
    ((text, values, level),) = tasks_service.store.asked
    assert (text, values[:3], level) == (statements.PUT_OFF, ("fanout", KEY, "S1"), "ALL")


def test_silent_database_accepts_nothing(tasks_service):
    """Nobody is told that work will be done which nobody has kept."""
    tasks_service.store.trouble = "WriteTimeout"
    answer = tasks_service.ask("POST", "/stations/S1/announcements", json=STORM)
    assert (answer.status_code, answer.json()) == (503, {"reason": "WriteTimeout"})


@pytest.mark.parametrize("wrong", [{"to": []}, {"to": ["a b"]}, {"text": ""}, {"id": "x"}])
def test_announcement_that_nobody_could_give_out_is_refused(tasks_service, wrong):
    """A worker must never meet a piece of work that it cannot do."""
    answer = tasks_service.ask("POST", "/stations/S1/announcements", json=STORM | wrong)
    assert (answer.status_code, tasks_service.store.asked) == (422, [])


def test_what_was_delivered_is_told_by_announcement(tasks_service):
    """Each with those who have it by now."""
    rows = [SimpleNamespace(id=KEY, recipient=name, text="storm") for name in STORM["to"]]
    tasks_service.store.rows[statements.DELIVERED] = rows
    assert tasks_service.ask("GET", "/stations/S1/announcements").json() == [STORM]


def test_day_to_sum_up_is_today_unless_said_otherwise(tasks_service):
    """The day is settled when the work is accepted, not when somebody wakes to do it."""
    tasks_service.ask("POST", "/stations/S1/summaries", json={"id": str(KEY)})
    ((_, values, _),) = tasks_service.store.asked
    assert (values[0], f"{datetime.now(UTC).date()}" in values[3]) == ("analytics", True)


def test_everyone_named_hears_of_it_and_the_queue_is_empty():
    """More than is looked at in one go."""
    table = Table(*(announcement("storm", "airport", "harbour") for _ in range(queue.AT_ONCE + 3)))
    worked_off(table)
    assert sorted(set(table.delivered)) == ["airport", "harbour"]
    assert len(table.delivered) == 2 * (queue.AT_ONCE + 3)


def test_work_is_taken_off_its_queue_only_once_it_was_done():
    """A worker may be killed between any two statements: in this order nothing is lost."""
    table = Table(announcement())
    worked_off(table)
    assert table.order == [statements.DELIVER, statements.TAKE_OFF]


def test_work_that_could_not_be_done_is_done_later():
    """Trouble of the database leaves the piece where it is."""
    table = Table(announcement(), announcement("frost", "harbour"))
    table.trouble = 2
    worked_off(table)
    assert sorted(set(table.delivered)) == ["airport", "harbour"]


@pytest.fixture
def clock(monkeypatch):
    """Seconds as workers count them; they go on when told to."""
    now = SimpleNamespace(time=1000.0)
    monkeypatch.setattr(queue.time, "monotonic", lambda: now.time)
    return now


def turns(table, clock, *, seconds, kind=fanout.KIND):
    """A worker looks at its queue once a second."""

    async def some():
        worker = queue.Worker(table, kind, fanout.deliver)
        for _ in range(seconds):
            clock.time += 1
            with contextlib.suppress(Unavailable):
                await worker.turn()

    asyncio.run(some())


def test_one_piece_that_cannot_be_done_holds_up_no_other(clock):
    """Even when as many as are looked at in one go stand before the rest."""
    hopeless = [announcement("hopeless", f"h{number}") for number in range(queue.AT_ONCE)]
    table = Table(*hopeless, announcement("storm", "airport"), announcement("frost", "harbour"))
    turns(table, clock, seconds=2)
    assert table.delivered == ["airport", "harbour"]


def test_what_fails_again_and_again_becomes_a_dead_letter_with_its_reason(clock):
    """Not before two minutes: until then its trouble may pass."""
    key, task = announcement("hopeless")
    table = Table((key, task))
    turns(table, clock, seconds=120)
    assert (table.dead, list(table.waiting)) == ([], [key])
    table = Table((key, task))
    turns(table, clock, seconds=140)
    assert table.dead == [(key, f"failed {queue.TRIES} times, at last: no node takes it")]
    assert table.waiting == {}
    assert table.order[-2:] == [statements.GIVE_UP, statements.TAKE_OFF]


def test_nothing_is_given_up_while_the_database_keeps_nothing(clock):
    """What cannot be kept as a dead letter stays in its queue, however long."""
    key, task = announcement("hopeless")
    table = Table((key, task))
    table.full = True
    turns(table, clock, seconds=600)
    assert list(table.waiting) == [key]


def test_what_nobody_can_read_becomes_a_dead_letter_too(clock):
    """A worker that broke off at it would break off again as soon as it is started anew."""
    key, _ = announcement()
    table = Table((key, '{"id": "no"}'), announcement("storm", "airport"))
    turns(table, clock, seconds=140)
    ((dead, reason),) = table.dead
    assert (dead, table.delivered) == (key, ["airport"])
    assert "validation error" in reason


def test_dead_letters_are_told_by_kind(tasks_service):
    """With the work as it was asked for, so that it can be asked for again."""
    row = SimpleNamespace(id=KEY, station="S1", task="{}", reason="failed")
    tasks_service.store.rows[statements.DEAD_LETTERS] = [row]
    answer = tasks_service.ask("GET", "/dead-letters/fanout")
    assert answer.json() == [{"id": str(KEY), "station": "S1", "task": "{}", "reason": "failed"}]
    assert tasks_service.ask("GET", "/dead-letters/nothing").status_code == 422


def test_day_is_summed_up_by_the_database():
    """One row in, one row out, under the id of who asked."""
    seen = []

    class Sums:
        async def run(self, text, values=(), **_):
            seen.append((text, values))
            return [SimpleNamespace(readings=2, lowest=1.0, mean=2.0, highest=3.0)]

    asyncio.run(analytics.sum_up(Sums(), "S1", KEY, f'{{"id":"{KEY}","day":"2026-01-02"}}'))
    day = date(2026, 1, 2)
    assert seen == [
        (statements.SUM_UP, ("S1", day)),
        (statements.KEEP_SUMMARY, ("S1", KEY, day, 2, 1.0, 2.0, 3.0)),
    ]
