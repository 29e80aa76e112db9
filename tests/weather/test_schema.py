"""The services and the tables that the database's Job makes fit together."""

from pathlib import Path

from weather import statements

FILE = Path(__file__).parents[2] / "weather" / "deploy" / "base" / "persistence" / "schema.cql"


def test_services_ask_only_for_tables_that_are_made():
    """What the services prepare is there once the Job is done."""
    made = FILE.read_text()
    asked = " ".join(text for name, text in vars(statements).items() if name.isupper())
    for table in ("readings", "current", "limits"):
        assert f"weather.{table} (" in made
        assert f" {table} " in asked
