"""Statements that make in another ring what there was in this one."""

from ringbackup import database

#: As Cassandra 5 writes it into a snapshot.
TABLE = """CREATE TABLE IF NOT EXISTS weather.current (
    station text PRIMARY KEY,
    id uuid
) WITH ID = c9ea5da0-e6cd-11f1-a9f1-879f341bc910
    AND additional_write_policy = '99p'
    AND cdc = false"""


def test_a_table_keeps_its_options_and_not_its_identity():
    """Nodes that remember the dropped one by its id must not take the new one for it."""
    plain = database._plain(TABLE)
    assert "c9ea5da0" not in plain
    assert "WITH additional_write_policy = '99p'" in plain
    assert "cdc = false" in plain


def test_making_may_be_repeated():
    """Also for what Cassandra writes without saying so."""
    assert database._plain("CREATE TYPE weather.place (x int)") == (
        "CREATE TYPE IF NOT EXISTS weather.place (x int)"
    )
    assert database._plain(TABLE).count("IF NOT EXISTS") == 1


def test_a_keyspace_keeps_its_replication():
    row = {
        "keyspace_name": "weather",
        "durable_writes": True,
        "replication": {"class": "org.apache.cassandra.locator.NetworkTopologyStrategy", "datacenter1": "3"},
    }
    made = database._keyspace(row)
    assert made.startswith('CREATE KEYSPACE IF NOT EXISTS "weather" WITH replication = ')
    assert "'org.apache.cassandra.locator.NetworkTopologyStrategy', 'datacenter1': '3'}" in made
    assert made.endswith("AND durable_writes = true")
