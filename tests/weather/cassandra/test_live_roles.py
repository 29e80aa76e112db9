"""Who may talk to a real Cassandra, and what about: each role what it needs, and nobody else anything."""

import asyncio
import sys
from collections.abc import Iterator
from types import ModuleType
from uuid import UUID

import cql
import database
import pytest
import yaml
from logins import ANSWER, SOON, ask, connected, name
from parts import WEATHER, Part
from weather.driver import Ring
from weather.model import Consistency

from slaharness.host import wait
from weather import alerts, analytics, conditions, fanout, forecast, notify, readings, tasks

sys.path.insert(0, str(WEATHER / "images" / "backup"))

pytestmark = [pytest.mark.live, pytest.mark.nightly]

NODE = "127.31.44.1"
SERVICES = (readings, conditions, alerts, forecast, tasks, fanout, analytics, notify)
#: Files of tables and rights beside those of the core, in deploy/.
FURTHER = (
    "base/cdc/cdc.cql", "base/notify/notify.cql", "base/notify/notify-grants.cql",
    "base/backup/backup-grants.cql", "profiles/scaling/work.cql", "profiles/scaling/work-grants.cql",
)  # fmt: skip
#: Something of each type, for statements whose values do not matter.
VALUES = {
    "varchar": "x", "timestamp": 1, "date": 1, "uuid": UUID(int=1), "double": 1.5, "bigint": 1, "int": 1,
    "list<varchar>": ["x"],
}  # fmt: skip


def grants() -> str:
    """The rights that backups bring along where they are deployed."""
    patch = yaml.safe_load((WEATHER / "deploy/base/backup/agent.yaml").read_text())
    (node,) = [one for one in patch["spec"]["template"]["spec"]["containers"] if one["name"] == "cassandra"]
    return next(str(one["value"]) for one in node["env"] if one["name"] == "GRANTS")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Part]:
    """A node with every profile's tables, roles and rights."""
    part = database.node(tmp_path_factory.mktemp("roles"), NODE, grants=grants())
    try:
        part.start()
        database.tables(NODE, *FURTHER)
        yield part
    finally:
        part.kill()


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("login", ["cassandra cassandra", "admin admin", "readings ", "nobody x"])
def test_no_login_but_the_deployments_own_is_taken(login: str) -> None:
    """The one that every manual has is gone."""
    role, password = login.split(" ")
    with pytest.raises(cql.Refused, match=r"incorrect|must not be null"):
        cql.Connection(NODE, (role, password), timeout=ANSWER)


@pytest.mark.usefixtures("node")
def test_nothing_is_told_without_a_login() -> None:
    """Not even what there is."""
    with (
        cql.Connection(NODE, timeout=ANSWER) as anonymous,
        pytest.raises(cql.Refused, match="expecting STARTUP or OPTIONS"),
    ):
        anonymous.run("SELECT * FROM system.local")


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_a_service_may_do_all_that_it_does(service: ModuleType) -> None:
    """Each of its statements, as the driver runs them."""

    async def all_of_them(ring: Ring) -> None:
        for text, prepared in ring._prepared.items():
            types = [column.type.cql_parameterized_type() for column in prepared.column_metadata or ()]
            values = [VALUES[one] for one in types]
            await ring.execute(text, values, Consistency.LOCAL_QUORUM, ANSWER)

    with connected(service, NODE) as ring:
        asyncio.run(all_of_them(ring))


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("role", [role for role in database.ROLES if role != "admin"])
@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("SELECT * FROM system_auth.roles", "admin"),
        ("ALTER ROLE admin WITH PASSWORD = 'mine'", "admin"),
        ("CREATE ROLE other WITH SUPERUSER = true", "admin"),
        ("GRANT ALL PERMISSIONS ON ALL KEYSPACES TO cdc", "admin"),
        ("DROP TABLE weather.limits", "restore"),
        ("INSERT INTO weather.limits (station, high) VALUES ('s', 1)", "alerts"),
        ("TRUNCATE weather.readings", "readings"),
    ],
)
def test_nobody_may_what_is_not_theirs(role: str, text: str, whose: str) -> None:
    """Neither make themselves admin, nor write what another service writes."""
    if role == whose:
        pytest.skip("it is theirs")
    with pytest.raises(cql.Refused, match=r"has no|sufficient privileges|not authorized|Only superusers"):
        ask(NODE, role, text)


@pytest.mark.usefixtures("node")
def test_the_sidecar_asks_what_tables_are_and_reads_none() -> None:
    ask(NODE, "cdc", "DESCRIBE TABLE weather.readings WITH INTERNALS")
    with pytest.raises(cql.Refused, match="no SELECT permission"):
        ask(NODE, "cdc", "SELECT * FROM weather.readings")


@pytest.mark.usefixtures("node")
def test_a_right_that_is_taken_away_counts_soon() -> None:
    """The node remembers rights for a day, and looks for new ones every ten seconds."""
    ask(NODE, "conditions", "SELECT * FROM weather.current")
    ask(NODE, "admin", "REVOKE SELECT ON weather.current FROM conditions")
    try:
        wait.until(lambda: not may_read(), within=SOON, every=1, what="the right is gone")
    finally:
        ask(NODE, "admin", "GRANT SELECT ON weather.current TO conditions")
        wait.until(may_read, within=SOON, every=1, what="the right is back")


def may_read() -> bool:
    try:
        ask(NODE, "conditions", "SELECT * FROM weather.current")
    except cql.Refused:
        return False
    return True


@pytest.mark.usefixtures("node")
def test_a_restore_brings_the_rights_back_with_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """They went with the keyspace; services are let in again at once, whatever a node remembered."""
    from ringbackup import database as backups  # noqa: PLC0415 - found by the path above

    monkeypatch.setattr(backups, "STATEMENT", ANSWER)
    for role in ("backup", "restore"):
        monkeypatch.setenv(f"ROLE_{role}", database.login(role)[1])
    deploy = WEATHER / "deploy"
    own = (deploy / "base/persistence/schema.cql").read_text().replace("factor': 3", "factor': 1")
    texts = [own, *((deploy / file).read_text() for file in FURTHER if "grants" not in file)]
    rights = [*deploy.rglob("*grants.cql")]
    keyspaces = backups.Database(NODE, "backup").keyspaces()
    ring = backups.Database(NODE, "restore")
    ring.empty(keyspaces)
    with pytest.raises(cql.Refused):
        ask(NODE, "conditions", "SELECT * FROM weather.current")
    ring.make(keyspaces, texts)
    ring.grant(file.read_text() for file in rights)
    ask(NODE, "conditions", "SELECT * FROM weather.current")
    assert not backups.Database(NODE, "backup").holds("weather.readings")


def test_a_node_that_starts_again_lets_in_whom_it_did(node: Part) -> None:
    """And makes nothing anew: the default stays away."""
    node.kill()
    node.start()
    ask(NODE, "readings", "SELECT * FROM weather.readings LIMIT 1")
    with pytest.raises(cql.Refused, match="incorrect"):
        cql.Connection(NODE, ("cassandra", "cassandra"), timeout=ANSWER)
