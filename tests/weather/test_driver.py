"""In which order the nodes of a ring are asked."""

from types import SimpleNamespace

from cassandra.policies import DCAwareRoundRobinPolicy, SimpleConvictionPolicy
from cassandra.pool import Host
from weather.driver import TwiceOver


def test_all_nodes_are_there_for_a_second_try():
    """Of two nodes left, one is asked, then the other as well: the first to refuse is not the last word."""
    left = [Host(f"198.18.0.{number}", SimpleConvictionPolicy) for number in (1, 2)]
    policy = TwiceOver(DCAwareRoundRobinPolicy("one"))
    policy.populate(SimpleNamespace(metadata=None), left)
    plan = list(policy.make_query_plan())
    assert set(plan[:2]) == set(left)
    assert plan[2:] == plan[:2]
