"""Who may talk to a real Cassandra, and what about: each role what it needs, and nobody else anything."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator
from types import ModuleType
from uuid import UUID

import cql
import database
import pytest
import yaml
from parts import WEATHER, Part

from slaharness.host import wait

sys.path[:0] = [str(WEATHER / "services"), str(WEATHER / "images" / "backup")]

from weather.driver import Ring, Trouble  # noqa: E402 - found by the path above
from weather.model import Consistency  # noqa: E402

from weather import (  # noqa: E402
    alerts,
    analytics,
    conditions,
    fanout,
    forecast,
    notify,
    readings,
    statements,
    tasks,
)

pytestmark = [pytest.mark.live, pytest.mark.nightly]

NODE = "127.31.44.1"
THREE = ("127.31.45.1", "127.31.45.2", "127.31.45.3")
SERVICES = (readings, conditions, alerts, forecast, tasks, fanout, analytics, notify)
#: Files of tables and rights beside those of the core, in deploy/.
FURTHER = (
    "base/cdc/cdc.cql", "base/notify/notify.cql", "base/notify/notify-grants.cql",
    "base/backup/backup-grants.cql", "profiles/scaling/work.cql", "profiles/scaling/work-grants.cql",
)  # fmt: skip
#: Seconds for an answer, and for what comes in the end, on a busy machine.
ANSWER, SOON = 60.0, 600.0
#: Something of each type, for statements whose values do not matter.
VALUES = {
    "text": "x", "timestamp": 1, "date": 1, "uuid": UUID(int=1), "double": 1.5, "bigint": 1, "int": 1,
    "list<text>": ["x"],
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


def ask(role: str, text: str, address: str = NODE) -> None:
    """Raises Refused and OSError."""
    with cql.Connection(address, database.login(role), timeout=ANSWER) as connection:
        connection.run(text)


def name(service: ModuleType) -> str:
    return service.__name__.removeprefix("weather.")


@contextlib.contextmanager
def connected(service: ModuleType, *addresses: str) -> Iterator[Ring]:
    """As the service itself connects: again, where a busy machine takes longer than the driver waits."""
    texts = (*service.STATEMENTS, statements.ALIVE, statements.PROBE)

    def made() -> Ring | None:
        with contextlib.suppress(Trouble):
            return Ring(addresses, 9042, "weather", texts, ANSWER, login=database.login(name(service)))
        return None

    ring = wait.until(made, within=SOON, every=1, what=f"{name(service)} is connected")
    try:
        yield ring
    finally:
        ring.close()


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("login", ["cassandra cassandra", "admin admin", "readings ", "nobody x"])
def test_no_login_but_the_deployments_own_is_taken(login: str) -> None:
    """The one that every manual has is gone."""
    role, password = login.split(" ")
    with pytest.raises(cql.Refused, match="incorrect"):
        cql.Connection(NODE, (role, password), timeout=ANSWER)


@pytest.mark.usefixtures("node")
def test_nothing_is_told_without_a_login() -> None:
    """Not even what there is."""
    anonymous = cql.Connection(NODE, timeout=ANSWER)
    with pytest.raises(cql.Refused, match="expecting STARTUP or OPTIONS"):
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
        ask(role, text)


@pytest.mark.usefixtures("node")
def test_the_sidecar_asks_what_tables_are_and_reads_none() -> None:
    ask("cdc", "DESCRIBE TABLE weather.readings WITH INTERNALS")
    with pytest.raises(cql.Refused, match="no SELECT permission"):
        ask("cdc", "SELECT * FROM weather.readings")


@pytest.mark.usefixtures("node")
def test_a_right_that_is_taken_away_counts_soon() -> None:
    """The node remembers rights for a day, and looks for new ones every ten seconds."""
    ask("conditions", "SELECT * FROM weather.current")
    ask("admin", "REVOKE SELECT ON weather.current FROM conditions")
    try:
        wait.until(lambda: not may_read(), within=SOON, every=1, what="the right is gone")
    finally:
        ask("admin", "GRANT SELECT ON weather.current TO conditions")
        wait.until(may_read, within=SOON, every=1, what="the right is back")


def may_read() -> bool:
    try:
        ask("conditions", "SELECT * FROM weather.current")
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
        ask("conditions", "SELECT * FROM weather.current")
    ring.make(keyspaces, texts)
    ring.grant(file.read_text() for file in rights)
    ask("conditions", "SELECT * FROM weather.current")
    assert not backups.Database(NODE, "backup").holds("weather.readings")


def test_a_node_that_starts_again_lets_in_whom_it_did(node: Part) -> None:
    """And makes nothing anew: the default stays away."""
    node.kill()
    node.start()
    ask("readings", "SELECT * FROM weather.readings LIMIT 1")
    with pytest.raises(cql.Refused, match="incorrect"):
        cql.Connection(NODE, ("cassandra", "cassandra"), timeout=ANSWER)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Part]]:
    """Three nodes, started at once."""
    folder = tmp_path_factory.mktemp("ring")
    parts = []
    for number, address in enumerate(THREE):
        (own := folder / f"{number}").mkdir()
        parts.append(database.node(own, address, ring=THREE))
    try:
        for part in parts:
            part.launch()
        for part in parts:
            wait.until(part.answers, within=SOON, every=0.5, what=f"{part.log.parent.name} is ready")
        database.tables(THREE[0], copies=3)
        yield parts
    finally:
        for part in parts:
            part.kill()


def test_a_killed_node_costs_no_login_and_no_request(ring: list[Part]) -> None:
    """Neither those who are connected, nor who comes right then: two of three know everybody's role."""
    failed: list[str] = []

    async def ask_on(connection: Ring, seconds: float) -> int:
        asked, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                await connection.execute(statements.PROBE, (), Consistency.LOCAL_QUORUM, ANSWER)
            except Exception as error:  # noqa: BLE001 - whatever it is, a request failed
                failed.append(repr(error))
            asked += 1
            await asyncio.sleep(0.05)
        return asked

    with connected(conditions, *THREE) as before:
        asyncio.run(
            ask_on(before, 12)
        )  # as long as it takes for what a node knows of roles to be looked at anew
        ring[2].kill()
        with connected(readings, *THREE[:2]):
            pass
        for address in THREE[:2]:
            ask("alerts", "SELECT * FROM weather.limits", address)
        assert asyncio.run(ask_on(before, 30)) > 20
    assert failed == []


def test_a_node_that_comes_back_is_used_again(ring: list[Part]) -> None:
    """It refuses logins until it has found the others: no driver may give it up for that."""
    with connected(conditions, *THREE) as connection:
        ring[2].kill()
        wait.until(lambda: connection.up() < 3, within=SOON, every=0.5, what="the driver has noticed")
        ring[2].start()
        wait.until(lambda: connection.up() == 3, within=SOON, every=0.5, what="the driver is back")
