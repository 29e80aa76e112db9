"""The services and the tables that the database's Job makes fit together."""

from pathlib import Path

from weather import statements

DEPLOY = Path(__file__).parents[2] / "weather" / "deploy"
FILES = {
    DEPLOY / "base/persistence/schema.cql": ("readings", "current", "limits"),
    DEPLOY / "profiles/scaling/work.cql": ("queue", "deliveries", "summaries"),
}


def test_services_ask_only_for_tables_that_are_made():
    """What the services prepare is there once the Job is done."""
    asked = " ".join(text for name, text in vars(statements).items() if name.isupper())
    for file, tables in FILES.items():
        for table in tables:
            assert f"weather.{table} (" in file.read_text()
            assert f" {table} " in asked
