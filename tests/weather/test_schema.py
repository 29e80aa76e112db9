"""The tables are made by a Job that may run again and again."""

from pathlib import Path

from weather import schema, statements

FILE = Path(__file__).parents[2] / "weather" / "deploy" / "base" / "persistence" / "schema.cql"


def test_comments_are_no_statements():
    """A semicolon in a comment's line ends nothing."""
    assert schema.statements("-- a; b\nCREATE\n  X;\n\n-- c\nCREATE Y;\n") == ["CREATE\n  X", "CREATE Y"]


def test_every_statement_may_be_repeated():
    """A second run, after a crash or an upgrade, finds everything there."""
    assert all("IF NOT EXISTS" in statement for statement in schema.statements(FILE.read_text()))


def test_services_ask_only_for_tables_that_are_made():
    """What the services prepare is there once the Job is done."""
    made = FILE.read_text()
    for table in ("readings", "current", "limits"):
        assert f"weather.{table} (" in made
        assert f" {table} " in " ".join(
            vars(statements)[name] + " " for name in vars(statements) if name.isupper()
        )
