"""Small situations whose truth is known because we made them: what a harness should conclude from each."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from lab.world import World, never
from slaharness.model import Outcome

MET, MISSED, UNKNOWN = Outcome.MET, Outcome.MISSED, Outcome.UNKNOWN
#: Seconds of the windows, and within which recovery is promised.
BASELINE, FAULT, RECOVERY, LIMIT = 5.0, 6.0, 5.0, 4.0


@dataclass(frozen=True)
class Situation:
    """``prepare`` makes the world what it is before anything starts.

    ``prometheus``: it is one only for who asks Prometheus; ``alone``: only for who reads files of objectives,
    and has the load's own account too. ``pause`` seconds pass before the fault strikes; ``ledger``: that
    account came to its end. ``within``: seconds in which the pod has to be seen to die. ``short``: it is one
    of the few that a short run asks.
    """

    name: str
    truth: Outcome
    prepare: Callable[[World], None] = lambda _: None
    asks: str = "availability"
    selector: str = "app=api"
    interrupted: bool = False
    rollback: str = "works"
    prometheus: bool = False
    pause: float = 0.0
    ledger: bool = True
    within: float = 3.0
    short: bool = False
    alone: bool = False


def users(fails: Callable[[float | None], bool]) -> Callable[[World], None]:
    return lambda world: setattr(world, "fails", fails)


def then(
    happens: Callable[[World], None], fails: Callable[[float | None], bool] = never
) -> Callable[[World], None]:
    """Something happens to the world two seconds after the fault."""

    def prepare(world: World) -> None:
        world.once_struck, world.fails = happens, fails

    return prepare


def between(start: float, end: float) -> Callable[[float | None], bool]:
    """Every request fails from ``start`` to ``end`` seconds after the fault."""
    return lambda since: since is not None and start <= since < end


def every_tenth(*, always: bool = False) -> Callable[[float | None], bool]:
    numbers = count()
    return lambda since: (always or since is not None) and next(numbers) % 10 == 0


def slowly(slow: Callable[[float | None], bool]) -> Callable[[World], None]:
    return lambda world: setattr(world, "slow", slow)


def having(**what: object) -> Callable[[World], None]:
    """Set ``what`` of the world."""

    def have(world: World) -> None:
        for name, value in what.items():
            setattr(world, name, value)

    return have


def both(*happen: Callable[[World], None]) -> Callable[[World], None]:
    def prepare(world: World) -> None:
        for one in happen:
            one(world)

    return prepare


def another_worker(*, leaves: bool) -> Callable[[World], None]:
    """One of two workers dies two seconds after the fault, or a second one comes then."""
    here, gone = having(second=40.0), having(second=None)
    return both(here, then(gone)) if leaves else then(here)


def go_mute(world: World) -> None:
    world.mute = True


def cannot_delete(world: World) -> None:
    world.cluster.forbidden.add(("DELETE", "pods"))


def nobody_acts(world: World) -> None:
    world.cluster.mute_kubelet = True


def few(world: World) -> None:
    world.rate = 5


LATER = 1e9


def relapsing(since: float | None) -> bool:
    return between(0.2, 1)(since) or between(7, LATER)(since)


def prometheus_dies(world: World) -> None:
    world.prometheus.stop()


def prometheus_restarts(world: World) -> None:
    world.prometheus.restart()


SITUATIONS = (
    Situation("nobody notices the fault", MET, short=True),
    Situation("one request in ten fails", MISSED, users(every_tenth()), short=True),
    Situation("all fail for two seconds", MISSED, users(between(1, 3))),
    Situation("all fail in the window's last second", MISSED, users(between(4.5, 6.5))),
    Situation("all fail, but after the window", MET, users(between(7.5, LATER))),
    Situation("the fault strikes after a pause", MET, pause=3.0),
    Situation("after a pause, then one in ten fails", MISSED, users(every_tenth()), pause=3.0),
    Situation("back in time", MET, users(between(0.2, 1.5)), asks="recovery", short=True),
    Situation("back too late", MISSED, users(between(0.2, 6)), asks="recovery"),
    Situation("never back", MISSED, users(between(0.2, LATER)), asks="recovery"),
    Situation("back in time, then down again", MISSED, users(relapsing), asks="recovery"),
    Situation("one in ten failed before the fault", UNKNOWN, users(every_tenth(always=True))),
    Situation("no series of that name", UNKNOWN, asks="nothing", prometheus=True, short=True),
    Situation("no bucket at the threshold", UNKNOWN, asks="between two bounds", prometheus=True),
    Situation("all quick enough", MET, asks="latency", alone=True),
    Situation("all slow for two seconds", MISSED, slowly(between(1, 3)), asks="latency", alone=True),
    Situation(
        "some pods have other bounds",
        UNKNOWN,
        having(other_bounds=("0.3", "+Inf")),
        asks="latency",
        alone=True,
    ),
    Situation("five requests a second", UNKNOWN, few),
    Situation("Prometheus dies", UNKNOWN, then(prometheus_dies), prometheus=True),
    Situation("Prometheus restarts", UNKNOWN, then(prometheus_restarts), prometheus=True),
    Situation(
        "the load's metrics stop, then all fail", UNKNOWN, then(go_mute, between(2.5, LATER)), prometheus=True
    ),
    Situation("every other scrape fails", UNKNOWN, then(having(every=2)), prometheus=True),
    Situation(
        "failures, then counters from zero",
        UNKNOWN,
        then(World.restart_clients, between(1.2, 1.8)),
        prometheus=True,
        short=True,
    ),
    Situation("the same under increase()", UNKNOWN, then(World.restart_clients), asks="increase", alone=True),
    Situation("one of two workers dies", UNKNOWN, another_worker(leaves=True), prometheus=True),
    Situation(
        "the same under increase() ", UNKNOWN, another_worker(leaves=True), asks="increase", alone=True
    ),
    Situation("a second worker comes", UNKNOWN, another_worker(leaves=False), prometheus=True),
    Situation("a sample is NaN", UNKNOWN, then(having(strange=float("nan"))), prometheus=True),
    Situation("a sample is infinite", UNKNOWN, then(having(strange=float("inf"))), prometheus=True),
    Situation("figures with another clock's times", UNKNOWN, having(clock=-1.5), prometheus=True),
    Situation(
        "the exporter counts failures as ok",
        UNKNOWN,
        both(having(told="ok"), users(between(1, 3))),
        alone=True,
    ),
    Situation("the load's account is cut short", UNKNOWN, ledger=False, alone=True),
    Situation("as Sloth has it", MET, asks="as Sloth has it", alone=True, short=True),
    Situation("Sloth's, one in ten fails", MISSED, users(every_tenth()), asks="as Sloth has it", alone=True),
    Situation("as Pyrra has it", MET, asks="as Pyrra has it", alone=True),
    Situation("Pyrra's, one in ten fails", MISSED, users(every_tenth()), asks="as Pyrra has it", alone=True),
    Situation("in percent", MET, asks="in percent", alone=True),
    Situation("nobody asks", UNKNOWN, having(rate=0.001)),
    Situation("nobody asks, clamped", UNKNOWN, having(rate=0.001), asks="clamped", alone=True, short=True),
    Situation("nobody asks, plus one", UNKNOWN, having(rate=0.001), asks="one more", alone=True),
    Situation("nobody asks, filled", UNKNOWN, having(rate=0.001), asks="filled", alone=True),
    Situation("calm in the last second only", UNKNOWN, users(between(0, 4)), asks="per second", alone=True),
    Situation("slices, calm", MET, asks="slices", alone=True),
    Situation(
        "an outage after the last whole slice", MISSED, users(between(4.6, 6)), asks="slices", alone=True
    ),
    Situation("the mean of slices, calm", MET, asks="mean of slices", alone=True),
    Situation(
        "the mean of slices, one in ten fails",
        MISSED,
        users(every_tenth()),
        asks="mean of slices",
        alone=True,
    ),
    Situation("a gauge below its limit", MET, asks="lag below", alone=True),
    Situation(
        "a gauge at a limit to stay below", MISSED, then(having(lag=3.0)), asks="lag below", alone=True
    ),
    Situation("a gauge at a limit to keep", MET, then(having(lag=3.0)), asks="lag at most", alone=True),
    Situation("40 fail of the 44 that may", MET, users(between(1, 1.8)), asks="at most 44 fail", alone=True),
    Situation("one in ten fails, with a policy", MISSED, users(every_tenth()), asks="or page", alone=True),
    Situation("the fault matches no pod", UNKNOWN, selector="app=ghost", short=True),
    Situation("the API refuses the fault", UNKNOWN, cannot_delete),
    Situation("the killed pod lives on", UNKNOWN, nobody_acts),
    Situation(
        "the killed pod dies after the window", UNKNOWN, having(dies_after=FAULT + 1), within=FAULT + 6
    ),
    Situation("interrupted, rollback needed", UNKNOWN, interrupted=True),
    Situation("the rollback fails", UNKNOWN, rollback="fails"),
)
