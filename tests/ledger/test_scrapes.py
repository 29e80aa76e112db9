"""When the load's counters were read: each target's own scrapes, and how long they took."""

from slaharness.ledger.witness.scrapes import COUNTED_WITHIN, Scrape, as_scraped, durations, failures
from slaharness.metrics.evidence import Series
from slaharness.model import FAULT, Window

WINDOW = Window(FAULT, 10.0, 20.0)


def spent(instance: str, *samples: tuple[float, float], name: str = "scrape_duration_seconds") -> Series:
    return Series({"__name__": name, "instance": instance}, samples)


def counter(instance: str, *samples: tuple[float, float], outcome: str = "ok") -> Series:
    return Series({"__name__": "loadgen_requests_total", "instance": instance, "outcome": outcome}, samples)


TWO = [
    counter("one"),
    counter("two"),
    spent("one", (8.5, 0.9), (9.5, 0.1), (10.5, 0.1), (19.5, 0.2), (20.5, 0.9)),
    spent("two", (9.8, 0.05), (19.2, 0.4)),
]


def test_a_window_is_known_as_of_the_scrapes_of_all_targets():
    """Surely inside is what ended after the last one's opening scrape and before the first one's closing."""
    least, most = as_scraped(TWO, WINDOW)
    assert (least.phase, most.phase) == (FAULT, FAULT)
    assert least.start == 9.8 + 0.05
    assert least.end == 19.2 - COUNTED_WITHIN
    assert most.start == 9.5 - COUNTED_WITHIN
    assert most.end == 19.5 + 0.2


def test_scrapes_of_others_do_not_count():
    """Prometheus scrapes more than the load, and keeps more than how long that took."""
    others = [spent("stack", (10.0, 5.0)), spent("one", (9.9, 7.0), name="scrape_samples_scraped")]
    assert as_scraped([*others, *TWO], WINDOW) == as_scraped(TWO, WINDOW)
    assert durations([spent("one", (9.9, 7.0), name="up"), spent("one", (9.9, 0.2))]) == {("one", 9.9): 0.2}


def test_failures_lie_between_two_reads():
    """What grew from one read to the next failed in between; from the last before the window on."""
    read = ((8.5, 0.0), (9.5, 1.0), (10.5, 2.0), (12.0, 2.0), (19.5, 3.0), (20.5, 4.0))
    failed = counter("one", *read, outcome="fail")
    assert list(failures([*TWO, failed], WINDOW)) == [Scrape(9.5, 10.5 + 0.1), Scrape(12.0, 19.5 + 0.2)]
    assert list(failures([*TWO, counter("one", (9.5, 1.0), (10.5, 2.0))], WINDOW)) == []


def test_a_counter_that_begins_in_the_window_grew_from_its_first_read():
    """What it had then is of nobody knows when; a scrape whose duration is not told took none."""
    begun = counter("three", (11.0, 5.0), (12.0, 6.0), outcome="unknown")
    assert list(failures([*TWO, begun], WINDOW)) == [Scrape(11.0, 12.0)]
