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

    ``prometheus``: it is one only for who asks Prometheus.
    """

    name: str
    truth: Outcome
    prepare: Callable[[World], None] = lambda _: None
    asks: str = "availability"
    selector: str = "app=api"
    interrupted: bool = False
    rollback: str = "works"
    prometheus: bool = False


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


def one_nan(world: World) -> None:
    world.nan = True


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
    Situation("nobody notices the fault", MET),
    Situation("one request in ten fails", MISSED, users(every_tenth())),
    Situation("all fail for two seconds", MISSED, users(between(1, 3))),
    Situation("back in time", MET, users(between(0.2, 1.5)), asks="recovery"),
    Situation("back too late", MISSED, users(between(0.2, 6)), asks="recovery"),
    Situation("never back", MISSED, users(between(0.2, LATER)), asks="recovery"),
    Situation("back in time, then down again", MISSED, users(relapsing), asks="recovery"),
    Situation("one in ten failed before the fault", UNKNOWN, users(every_tenth(always=True))),
    Situation("no series of that name", UNKNOWN, asks="nothing", prometheus=True),
    Situation("no bucket at the threshold", UNKNOWN, asks="latency", prometheus=True),
    Situation("five requests a second", UNKNOWN, few),
    Situation("Prometheus dies", UNKNOWN, then(prometheus_dies), prometheus=True),
    Situation("Prometheus restarts", UNKNOWN, then(prometheus_restarts), prometheus=True),
    Situation(
        "the load's metrics stop, then all fail", UNKNOWN, then(go_mute, between(2.5, LATER)), prometheus=True
    ),
    Situation(
        "failures, then counters from zero",
        UNKNOWN,
        then(World.restart_clients, between(1.2, 1.8)),
        prometheus=True,
    ),
    Situation("a sample is NaN", UNKNOWN, then(one_nan), prometheus=True),
    Situation("the fault matches no pod", UNKNOWN, selector="app=ghost"),
    Situation("the API refuses the fault", UNKNOWN, cannot_delete),
    Situation("the killed pod lives on", UNKNOWN, nobody_acts),
    Situation("interrupted, rollback needed", UNKNOWN, interrupted=True),
    Situation("the rollback fails", UNKNOWN, rollback="fails"),
)
