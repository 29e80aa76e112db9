"""The services and the tables that the database's Job makes fit together."""

from pathlib import Path

from weather import statements

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
