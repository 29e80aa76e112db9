"""The services and the tables that the database's Job makes fit together."""

import re
from itertools import chain
from pathlib import Path

import pytest

from weather import alerts, analytics, conditions, fanout, forecast, notify, readings, statements, tasks

SERVICES = (readings, conditions, alerts, forecast, tasks, fanout, analytics, notify)
WEATHER = Path(__file__).parents[2] / "weather"
DEPLOY = WEATHER / "deploy"
FILES = {
    DEPLOY / "base/persistence/schema.cql": ("readings", "current", "limits", "alert_limits"),
    DEPLOY / "base/notify/notify.cql": ("user_limits", "alerts"),
    DEPLOY / "profiles/scaling/work.cql": ("queue", "dead_letters", "deliveries", "summaries"),
}


def test_services_ask_only_for_tables_that_are_made():
    """What the services prepare is there once the Job is done."""
    asked = " ".join(text for text in vars(statements).values() if isinstance(text, str))
    for file, tables in FILES.items():
        for table in tables:
            assert f"weather.{table} (" in file.read_text()
            assert f" {table} " in asked


def test_a_mutant_of_the_schema_has_its_tables():
    """It differs in how many replicas there are of each row, and in nothing else."""
    own, mutant = (
        (folder / "schema.cql").read_text().partition("\n")[2]
        for folder in (DEPLOY / "base/persistence", WEATHER / "mutants/cassandra-rf-1")
    )
    assert own.replace("'replication_factor': 3", "'replication_factor': 1") == mutant


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.__name__)
def test_each_service_may_do_what_it_does_and_no_more(service):
    """Its role's rights are those that its statements take, by table."""
    role = service.__name__.removeprefix("weather.")
    grants = "".join(file.read_text() for file in sorted(DEPLOY.rglob("*grants.cql")))
    given = set(re.findall(rf"GRANT (\w+) ON (?:TABLE )?weather\.(\w+) TO {role};", grants))
    wanted = set(chain.from_iterable(map(rights, (*service.STATEMENTS, statements.PROBE))))
    assert given == wanted


def rights(text):
    """What Cassandra asks for before it runs the statement; a condition reads."""
    yield from (("SELECT", table) for table in re.findall(r"FROM (\w+)", text) if text.startswith("SELECT"))
    changed = re.findall(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", text)
    yield from (("MODIFY", table) for table in changed)
    if re.search(r"\bIF\b", text):
        yield from (("SELECT", table) for table in changed)
