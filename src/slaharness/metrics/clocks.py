"""Clocks: windows are told by the harness's, samples by Prometheus's; any other one is a problem. Pure."""

from collections.abc import Iterable

from slaharness.metrics.evidence import Evidence, Series

#: Clocks may be this many scrape intervals apart: what was counted by an instant is known no finer than that.
SKEW = 0.5


def stamped(job: str, series: Iterable[Series], ups: Iterable[Series]) -> tuple[str, ...]:
    """Problems of samples of ``job`` whose times are not those of the scrapes that brought them.

    Prometheus stamps samples itself unless a target sends times along. Those are told by another clock, and
    what was counted at an instant is only known by the clock that the windows are told by.
    """
    scraped = {up.labels.get("instance"): {at for at, _ in up.samples} for up in ups}
    foreign = [
        one
        for one in series
        if one.labels.get("job") == job
        and (times := scraped.get(one.labels.get("instance")))
        and not times.issuperset(at for at, _ in one.samples)
    ]
    if not foreign:
        return ()
    words = f"job {job} stamps its samples with a clock of its own ({len(foreign)} series)"
    return (f"{words}; scrape it with honor_timestamps: false",)


def apart(theirs: float, before: float, after: float, interval: float) -> Evidence:
    """Problems of two clocks: Prometheus said ``theirs`` between ``before`` and ``after`` of ours.

    It is measured over windows that are told by our clock, with samples that are stamped by its. A whole
    second may be any instant of it: VictoriaMetrics tells no less.
    """
    latest = theirs + 1.0 if theirs.is_integer() else theirs
    ahead = max(theirs - after, min(latest - before, 0.0))  # as little as can be, given when it said so
    notes = {"Prometheus's clock ahead of ours, seconds at least": round(ahead, 3)}
    if ahead > SKEW * interval:
        return Evidence((f"Prometheus's clock is {ahead:.1f} s ahead of the harness's",), notes)
    if ahead < -SKEW * interval:
        return Evidence((f"Prometheus's clock is {-ahead:.1f} s behind the harness's",), notes)
    return Evidence(notes=notes)
