"""A run in pytest's JUnit file: MISSED is a failure, UNKNOWN and trouble are errors; and its figures."""

from collections.abc import Iterator, Sequence

import pytest
from _pytest.junitxml import xml_key

from slaharness.model import Outcome, Verdict, worst

VERDICT, RECORD = "verdict", "record"


def properties(verdicts: Sequence[Verdict]) -> Iterator[tuple[str, object]]:
    """Names and values for pytest's ``user_properties``."""
    yield VERDICT, str(worst(verdicts))
    for one in verdicts:
        about = f"{one.objective} over {one.phase}"
        yield f"{about}: verdict", str(one.outcome)
        yield f"{about}: seen", one.seen
        yield f"{about}: target", one.target
        if one.requests is not None:
            yield f"{about}: requests", one.requests


class UnknownIsAnError:
    """A pytest plugin: of itself pytest writes a ``<failure>`` for whatever the body of a test raised."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """After pytest's own, which has no public way to say which of the two it is to be."""
        xml = self.config.stash.get(xml_key, None)
        unknown = dict(report.user_properties).get(VERDICT) == str(Outcome.UNKNOWN)
        if xml is None or report.when != "call" or not unknown:
            return
        for node in xml.node_reporter(report).nodes:
            if node.tag == "failure":
                node.tag = "error"
                xml.stats["failure"] -= 1
                xml.stats["error"] += 1
