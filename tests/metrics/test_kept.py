"""Which series a record keeps of a Prometheus that others share."""

import re

import pytest
from promql_parser import parse

from slaharness.metrics import kept
from slaharness.metrics.evidence import Series
from slaharness.model import Objective, Op, SourceType

WEB = Objective("w", "", "web", SourceType.THRESHOLD, 'sum(web_total{namespace="edge"})', 1, Op.AT_LEAST)
OURS = ("shop", "load")


def selected(texts, **labels):
    """Whether any of the selectors takes a series with these labels, as Prometheus matches."""

    def takes(text):
        vector = parse(text)
        if vector.name and vector.name != labels["__name__"]:
            return False
        return all(
            re.fullmatch(one.value, labels.get(one.name, ""))
            if "=~" in str(one.op) or "Re" in str(one.op)
            else labels.get(one.name, "") == one.value
            for one in vector.matchers.matchers
        )

    return any(map(takes, texts))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"__name__": "kube_deployment_status_replicas", "namespace": "shop"}, True),
        ({"__name__": "kube_deployment_status_replicas", "namespace": "others"}, False),
        ({"__name__": "up", "namespace": "others", "job": "theirs"}, False),
        ({"__name__": "up", "job": "load"}, True),
        ({"__name__": "loadgen_requests_total", "namespace": "load", "job": "load"}, True),
        ({"__name__": "loadgen_requests_total", "namespace": "their-load", "job": "load"}, False),
        (
            {
                "__name__": "kube_deployment_status_replicas",
                "namespace": "monitoring",
                "exported_namespace": "shop",
            },
            True,
        ),
        ({"__name__": "web_total", "namespace": "edge"}, True),
        ({"__name__": "web_total", "namespace": "others"}, False),
        ({"__name__": "queue_depth", "namespace": "others"}, True),
        ({"__name__": "process_start_time_seconds", "job": "prometheus", "namespace": "monitoring"}, True),
        ({"__name__": "process_start_time_seconds", "job": "theirs", "namespace": "others"}, False),
    ],
)
def test_what_kubernetes_says_of_others_is_left_where_it_is(labels, expected):
    """Objectives' own series and those that settings name are kept of any namespace."""
    assert selected(kept.selectors([WEB], "queue_.+", OURS), **labels) is expected


def test_without_namespaces_all_of_them_are_kept():
    """The Prometheus beside the load has nothing of others."""
    assert selected(kept.selectors([]), __name__="up", namespace="others")


def test_whether_those_were_scraped_that_speak_of_the_stack_is_kept():
    """Who speaks of the stack's pods lives elsewhere: doubts of its figures rest on its own scrapes."""
    usage = Series({"__name__": "pod_cpu_usage_seconds_total", "job": "kube/state.metrics"}, ((1.0, 1.0),))
    texts = kept.of_jobs([usage, Series({"__name__": "no_job"}, ())])
    assert selected(texts, __name__="up", job="kube/state.metrics", namespace="kube-system")
    assert not selected(texts, __name__="up", job="kube/stateXmetrics", namespace="kube-system")
    assert kept.of_jobs([]) == []
