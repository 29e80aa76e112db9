"""A PodMonitor for the load's pods: what it selects, that it goes, and where nobody would read it."""

import fake_api
import pytest
from fake_api import cluster, state
from stacks import stack

from slaharness.errors import ClusterTrouble, LoadTrouble, NotYet
from slaharness.load import manifest, meter, pod_monitor
from slaharness.metrics.prometheus import Prometheus
from slaharness.stack.protocol import PrometheusAt
from slaharness.undo import heal
from slaharness.undo import journal as undo

__all__ = ["cluster", "state"]

AT = PrometheusAt(
    url="http://127.0.0.1:1", interval=15.0, load="pod-monitor", pod_monitor_labels={"release": "monitoring"}
)
SHOP = stack(prometheus=AT)


def there(cluster):
    return cluster.objects.get(("podmonitors", "load", pod_monitor.NAME))


def opened(cluster, journal):
    return meter.opened(cluster.info, SHOP, journal, images={}, limit=60)


def test_it_selects_the_loads_pods_under_the_loads_job():
    """By the labels and the port that they have; the operator's own name of the job would hide them."""
    found = pod_monitor.body(interval=0.5, labels={"release": "monitoring"}, namespace="tests")
    assert found["metadata"]["namespace"] == "tests"
    assert found["metadata"]["labels"]["release"] == "monitoring"
    assert found["spec"]["selector"]["matchLabels"].items() <= manifest.LABELS.items()
    (scraped,) = found["spec"]["podMetricsEndpoints"]
    assert scraped["interval"] == "500ms"
    assert scraped["relabelings"] == [{"targetLabel": "job", "replacement": "load"}]
    assert scraped["port"] == manifest._container("p.py", "i", 1, "h", None)["ports"][0]["name"]


def test_it_is_there_for_the_run_and_in_the_undo_journal(cluster):
    """And the load's series are asked of the stack's own Prometheus: nothing else is made."""
    with undo.journal("r1") as journal:
        with opened(cluster, journal) as found:
            assert isinstance(found, Prometheus)
            assert there(cluster)["spec"]["podMetricsEndpoints"][0]["interval"] == "15000ms"
            assert [one.what for one in journal.entries] == ["PodMonitor of the load"]
            assert cluster.names("pods") == ["cassandra-0", "cassandra-1", "cassandra-2"]
        assert there(cluster) is None
        assert journal.entries == []


def test_heal_removes_that_of_a_run_that_was_killed(cluster):
    """By the journal's entry alone."""
    body = pod_monitor.body(interval=15.0, labels={}, namespace="load")
    cluster.info.api().apply([body])
    heal.delete_objects(undo.objects("PodMonitor of the load", cluster.info, [body]).args)
    assert there(cluster) is None


def test_a_cluster_that_knows_no_pod_monitor_is_refused_in_one_line(cluster, monkeypatch):
    """Before anything is made, with both ways out; it ends in 6."""
    groups = {name: kinds for name, kinds in fake_api.GROUPS.items() if "monitoring" not in name}
    monkeypatch.setattr(fake_api, "GROUPS", groups)
    with undo.journal("r1") as journal:
        with pytest.raises(ClusterTrouble, match="knows no PodMonitor") as refused, opened(cluster, journal):
            pass
        assert journal.entries == []
    assert "\n" not in str(refused.value)
    assert 'load = "own"' in str(refused.value)
    assert refused.value.exit_code == 6


class Blind:
    """Never scrapes the load; keeps how long it was waited for."""

    def watching(self, job, targets=1, *, within=30.0):
        self.within = within
        raise NotYet("30 s were not enough until Prometheus scrapes load")


def test_an_operator_is_given_time_and_its_selector_is_named_when_it_finds_nothing():
    """It reloads a Prometheus within two minutes; labels that it does not select by are the usual slip."""
    blind = Blind()
    with pytest.raises(LoadTrouble, match=r"scrapes load: .*pod_monitor_labels"):
        meter.scraped(SHOP, blind, 1)
    assert blind.within >= 150


def test_a_load_that_is_scraped_every_15_s_is_waited_for_as_long():
    """Two scrapes of it take half a minute once it is found; one a second are there at once."""
    blind = Blind()
    with pytest.raises(NotYet, match=r"scrapes load$"):
        meter.scraped(stack(prometheus=PrometheusAt(url="http://a", interval=15.0)), blind, 1)
    assert blind.within == 60
    with pytest.raises(NotYet):
        meter.scraped(stack(prometheus=PrometheusAt(url="http://a", interval=15.0, load="own")), blind, 1)
    assert blind.within == 32
