"""Whatever is killed, each alert that is due is told, and none that is not. Real parts, real kills."""

import random
import time

import pytest
from flinkside import SOON, metric
from parts import Sender

from slaharness.host import wait

pytestmark = [pytest.mark.live, pytest.mark.nightly]

#: Draws of lots, for temperatures.
LOTS = random.Random()  # noqa: S311 - nothing is to be kept secret
#: Most that each of the two may take, in KiB.
MEMORY = 560 * 1024


class Stations(Sender):
    """Readings as stations send them, each told thrice; some are beyond what `user` allows."""

    def __init__(self, rig, station, user, rate=15.0):
        super().__init__(rate)
        self._rig, self._station, self._user = rig, station, user
        self.beyond = {}

    def __enter__(self):
        self._rig.limit(self._station, self._user, 25.0, -5.0)
        return super().__enter__()

    def run(self):
        while self._going:
            word = self._rig.reading(self._station, round(LOTS.uniform(-10, 30), 1))
            if not -5.0 <= word["temperature"] <= 25.0:
                self.beyond[word["id"]] = word["temperature"]
            time.sleep(self._pause)

    def missing(self):
        """Readings whose alert has not come, once it had time to come."""
        last = set(self.beyond)

        def there():
            nonlocal last
            last = self.beyond.keys() - {alert["reading"] for alert in self._rig.alerts(self._user)}
            return not last

        ends = time.monotonic() + SOON
        while not there() and time.monotonic() < ends:
            time.sleep(1)
        return last

    def wrong(self):
        """Alerts of readings that are not beyond, or are told otherwise than they were."""
        alerts = self._rig.alerts(self._user)
        return [one for one in alerts if self.beyond.get(one["reading"]) != one["temperature"]]


def again(rig, *parts):
    """Kill them, start them anew, and wait until all of the job runs."""
    for part in parts:
        part.kill()
    for part in parts:
        part.launch()
    time.sleep(4)  # until Flink has noticed
    rig.runs()


def whole(stations):
    assert len(stations.beyond) > 10
    assert stations.missing() == set()
    assert stations.wrong() == []


def test_a_killed_taskmanager_costs_no_alert(rig):
    """It goes on from the last check-point, which has what was told and the limits."""
    with Stations(rig, "k1", "k1") as stations:
        for _ in range(2):
            time.sleep(8)
            again(rig, rig.taskmanager)
        time.sleep(3)
    whole(stations)


def test_a_killed_jobmanager_costs_no_alert(rig):
    """Another one finds by ConfigMaps that there was one, and in the store what the job knew."""
    with Stations(rig, "k2", "k2") as stations:
        time.sleep(8)
        again(rig, rig.jobmanager)
        time.sleep(3)
    whole(stations)
    rig.passed("k2")
    rig.limit("k2", "late", 25.0, -5.0)
    rig.passed("k2")
    assert rig.alerts("late") == []


def test_both_killed_at_once_cost_no_alert(rig):
    with Stations(rig, "k3", "k3") as stations:
        time.sleep(12)
        again(rig, rig.jobmanager, rig.taskmanager)
        time.sleep(3)
    whole(stations)


def test_a_limit_set_just_before_a_kill_counts(rig):
    """It is in no check-point yet, and the job reads it again beside readings that were written after it."""
    rig.runs()
    due = []
    for one in range(3):
        user = f"hasty-{one}"
        rig.limit("k4", user, 20.0, None)
        due.append((user, rig.reading("k4", 21.0)["id"]))
    again(rig, rig.taskmanager)
    rig.passed("k4")
    for user, reading in due:
        assert reading in {one["reading"] for one in rig.alerts(user)}


def test_a_killed_pulsar_is_waited_for(rig):
    with Stations(rig, "k5", "k5") as stations:
        time.sleep(8)
        rig.pulsar.kill()
        time.sleep(5)
        rig.pulsar.start()
        rig.runs()
        time.sleep(8)
    whole(stations)


def test_an_object_store_that_is_away_stops_no_alert(rig):
    """Check-points fail meanwhile, and nothing else does."""
    with Stations(rig, "k6", "k6") as stations:
        time.sleep(3)
        rig.store.kill()
        time.sleep(30)
        before = set(stations.beyond)
        wait.until(
            lambda: before <= {one["reading"] for one in rig.alerts("k6")}, within=20, what="alerts go on"
        )
        rig.store.start()
    whole(stations)


def test_it_says_how_it_does_and_its_memory_stays_small(rig):
    """After all of the above."""
    assert metric("flink_taskmanager_job_task_operator_readings") > 0
    assert metric("flink_jobmanager_numRegisteredTaskManagers") == 1
    for part in (rig.jobmanager, rig.taskmanager):
        status = open(f"/proc/{part.process.pid}/status").read().splitlines()  # noqa: PTH123, SIM115
        most = next(line for line in status if line.startswith("VmHWM"))
        assert int(most.split()[1]) < MEMORY, most


def test_one_that_lost_all_it_kept_knows_every_limit(rig):
    """As after a change of the job, when what it kept is given up: the topic has them all."""
    rig.limit("k7", "k7", 20.0, None)
    rig.passed("k7")
    rig.taskmanager.kill()
    rig.jobmanager.kill()
    rig.api.kubectl("delete", "configmaps", "--all", "--namespace", "streaming")
    again(rig, rig.jobmanager, rig.taskmanager)
    word = rig.reading("k7", 21.0)
    wait.until(lambda: rig.alerts("k7"), within=SOON, what="the alert")
    assert {alert["reading"] for alert in rig.alerts("k7")} == {word["id"]}
