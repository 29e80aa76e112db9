"""The Prometheus of the stack, asked through its HTTP API. The only importer of prometheus_api_client.

That client rounds the times of ranges to seconds, and drops warnings. So only instant queries are asked, for
ranges of samples too, whose ``time`` it passes on as it is; and warnings are picked from the responses.
"""

import copy
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from math import isfinite
from typing import Any

import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from urllib3.util import Retry

from slaharness.cluster.api import Endpoint
from slaharness.errors import MeasuringTrouble, NotYet
from slaharness.host.unreachable import why
from slaharness.host.wait import until
from slaharness.metrics import clocks, kept, start_time
from slaharness.metrics.evidence import Evidence, Scrapes, Series
from slaharness.metrics.measure import measure
from slaharness.metrics.source import Remembering
from slaharness.model import Measurement, Objective, Window
from slaharness.objectives import promql

#: Seconds between two scrapes, unless a stack says otherwise. Where it scrapes less often, samples lack.
SCRAPE_INTERVAL = 1.0
#: Scrape intervals after a window's end in which a target that lives is scraped, even on a busy machine.
SETTLE = 3
#: Scrape intervals in which two scrapes are made even on a busy machine, and come in.
FRESH = 3.5
#: Seconds for connecting, and again for the answer.
PATIENCE = 10
#: Seconds for what only people see.
GLANCE = 1.5
#: A refused or dropped connection may be the proxy in between; more than this is Prometheus.
RETRIES = Retry(total=2, backoff_factor=0.3, status_forcelist=[502, 503, 504])
#: VictoriaMetrics answers as of half a minute ago where it is asked for less, unless this is said to it.
#: Others pass it over.
EXACTLY = {"nocache": "1"}
#: Its own words, in an answer that the client library passes on as bytes within an error.
_REFUSAL = re.compile(r'"error":"((?:[^"\\]|\\.)*)"')


class Prometheus:
    """A Source, and the measurements taken from it."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        interval: float = SCRAPE_INTERVAL,
        also_kept: str = "",
        slower: str = "",
        namespaces: Sequence[str] = (),
        started: Callable[[Endpoint], float | None] = start_time.asked,
    ) -> None:
        """Take the endpoint's session for ourselves. Nothing is asked yet.

        ``interval`` is seconds between two scrapes. ``also_kept`` is a regular expression of the names of
        series that a record keeps beside those of ``namespaces``; ``slower`` one of jobs that are scraped
        less often, which ``settle`` does not wait for. ``started`` says when it started, as far as is known.
        """
        self._interval, self._slower = interval, slower
        self._kept, self._namespaces, self._started = also_kept, namespaces, started
        self._warnings: list[str] = []
        self._endpoint = endpoint
        # A second session for what only people see: hooks and retries of the first are for one thread.
        self._aside = copy.copy(endpoint.session)
        self._aside.hooks, self._aside.adapters = {"response": []}, dict(endpoint.session.adapters)
        endpoint.session.hooks["response"].append(self._keep_warnings)
        self._client = PrometheusConnect(
            endpoint.url, session=endpoint.session, retry=RETRIES, timeout=PATIENCE
        )

    def watching(self, job: str, targets: int = 1, *, within: float = 30.0) -> None:
        """Return when ``targets`` of ``job`` are scraped, which begins some seconds after they are there.

        A window that starts before lacks its first samples. Raises NotYet, or MeasuringTrouble.
        """
        until(lambda: self._scraped(job) >= targets, within=within, what=f"Prometheus scrapes {job}")

    def settle(self, end: float) -> None:
        """Return when each target has been scraped after ``end``, or should have been.

        Whether a measurement has the samples that it needs, ``measure`` sees.
        """
        with suppress(NotYet):
            until(
                lambda: self._newest() > end,
                within=end + SETTLE * self._interval - time.time(),
                every=0.1,
                what="all targets are scraped once more",
            )

    def measure(self, objective: Objective, window: Window) -> Measurement:
        """Measure ``objective`` over ``window``, once ``settle`` was called for its end.

        Raises nothing for what Prometheus says or fails to say: that is in ``problems``.
        """
        return next(self.measure_all([objective], [window]))

    def measure_all(
        self, objectives: Iterable[Objective], windows: Sequence[Window]
    ) -> Iterator[Measurement]:
        """Measure each objective over each window. What several of them rest on is asked for once."""
        source, clock = Remembering(self), self._clock()
        notes, started = {"Prometheus": self._version(), **clock.notes}, self._started(self._endpoint)
        for objective in objectives:
            for window in windows:
                found = measure(source, objective, Scrapes(window, self._interval, started=started))
                yield replace(
                    found,
                    problems=(*clock.problems, *found.problems),
                    evidence={**notes, **found.evidence},
                )

    def glance(self, queries: Mapping[str, str]) -> Mapping[str, float]:
        """The number that each query answers now, by name; nothing of what has no answer."""
        whole = " or ".join(
            f'label_replace({query}, "glance", "{name}", "", "")' for name, query in queries.items()
        )
        try:
            answer = self._aside.get(
                f"{self._endpoint.url}/api/v1/query", params={"query": whole} | EXACTLY, timeout=GLANCE
            )
            found = answer.json()["data"]["result"]
            numbers = {str(one["metric"]["glance"]): float(one["value"][1]) for one in found}
        except (requests.RequestException, AttributeError, LookupError, TypeError, ValueError):
            return {}
        return {name: value for name, value in numbers.items() if isfinite(value)}

    def series(self, objectives: Iterable[Objective], start: float, end: float) -> list[Series]:
        """What a record keeps to be asked again: all samples from ``start`` to ``end`` that count.

        Those that ``objectives`` rest on, the load's and the namespaces' own, and when this Prometheus
        started. Raises MeasuringTrouble.
        """
        wanted = kept.selectors(objectives, self._kept, self._namespaces)
        found = list(self._samples(wanted, start, end))
        found += self._samples(kept.of_jobs(found), start, end)
        found += start_time.kept(self._started(self._endpoint), end)
        return list({tuple(sorted(series.labels.items())): series for series in found}.values())

    def _samples(self, selectors: Iterable[str], start: float, end: float) -> Iterator[Series]:
        for text in selectors:
            yield from self.ask(promql.Selector(text, whole=True).over(start, end), end)

    def ask(self, query: str, at: float) -> Sequence[Series]:
        """Answer ``query`` as of ``at``. Raises MeasuringTrouble for no answer, or one with a warning."""
        return self._answer(query, {"time": f"{at:.3f}"})

    def _answer(self, query: str, params: dict[str, str]) -> Sequence[Series]:
        self._warnings.clear()
        try:
            answer = self._client.custom_query(query, params=params | EXACTLY)
            series = [_series(element) for element in answer]
        except (requests.RequestException, PrometheusApiClientException) as error:
            raise MeasuringTrouble(f"Prometheus did not answer: {_said(error)}") from error
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise MeasuringTrouble(f"Prometheus answered what is no result of a query: {error!r}") from error
        if self._warnings:
            raise MeasuringTrouble(f"Prometheus warns: {self._warnings[0]}")
        return series

    def _version(self) -> str:
        """Which Prometheus answers, for the record: another one may judge it again."""
        try:
            answer = self._endpoint.session.get(
                f"{self._endpoint.url}/api/v1/status/buildinfo", timeout=PATIENCE
            )
            return str(answer.json()["data"]["version"])
        except (requests.RequestException, ValueError, LookupError, TypeError):
            return "does not say its version"

    def _clock(self) -> Evidence:
        """How far apart Prometheus's clock and ours are; nothing when it does not answer, which is said."""
        before = time.time()
        try:
            answer = self._answer("vector(time())", {})
        except MeasuringTrouble:
            return Evidence()
        theirs = [value for series in answer for _, value in series.samples]
        return clocks.apart(theirs[0], before, time.time(), self._interval) if theirs else Evidence()

    def _scraped(self, job: str) -> int:
        """Of how many targets of ``job`` the last two scrapes were made, and answered."""
        now = time.time()
        ups = self.ask(
            promql.Selector(f'up{{job="{job}"}}', whole=True).over(now - FRESH * self._interval, now), now
        )
        return sum([value for _, value in up.samples][-2:] == [1.0, 1.0] for up in ups)

    def _newest(self) -> float:
        """When the target that was scraped longest ago was scraped; 0 when Prometheus does not say."""
        try:
            answer = self.ask(f'min(timestamp(up{{job!~"{self._slower}"}}))', time.time())
        except MeasuringTrouble:
            return 0
        return max((value for series in answer for _, value in series.samples), default=0)

    def _keep_warnings(self, response: requests.Response, **_: Any) -> None:
        """Keep what the client drops: an answer with warnings may be half an answer."""
        if response.ok and b'"warnings"' in response.content:
            self._warnings += response.json().get("warnings") or ()


def _said(error: Exception) -> str:
    """What Prometheus itself has against a query, else why there was no answer."""
    found = _REFUSAL.search(str(error))
    return f"it refused the query: {found[1]}" if found else why(error)


def _series(element: Any) -> Series:
    """One element of a vector or a matrix, as Prometheus's JSON has it: values are text."""
    pairs = element["values"] if "values" in element else [element["value"]]
    return Series(element["metric"], tuple((float(at), float(value)) for at, value in pairs))
