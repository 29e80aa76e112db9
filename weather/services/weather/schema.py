"""``python -m weather.schema FILE``: make the tables that a CQL file names, once every node is there.

Run as a Job beside the database; its deadline is the limit to all waiting here.
"""

import asyncio
import logging
import sys
from pathlib import Path

from weather import nodes
from weather.database import reason
from weather.driver import Trouble, cluster
from weather.settings import Settings, from_environment

log = logging.getLogger("weather.schema")

#: Seconds between tries, and for one statement: a change of schema waits until all nodes agree on it.
EVERY, WITHIN = 0.5, 20.0


def statements(text: str) -> list[str]:
    """The statements of a CQL file whose comments fill whole lines."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return [statement.strip() for statement in code.split(";") if statement.strip()]


async def wait_for_all(settings: Settings) -> list[str]:
    """Addresses of all nodes, once each accepts connections."""
    port = settings.database_port
    while True:
        known = await nodes.resolve(settings.database, port)
        accepting = await nodes.accepting(known, port)
        if known and accepting == known:
            return known
        log.info("of %s, these accept connections: %s", known or settings.database, accepting)
        await asyncio.sleep(EVERY)


def apply(addresses: list[str], port: int, text: str) -> None:
    """Run every statement, one after the other. Raises one of ``Trouble``."""
    connection = cluster(addresses, port, WITHIN)
    try:
        session = connection.connect()
        for statement in statements(text):
            log.info("%s", statement.splitlines()[0])
            session.execute(statement)
    finally:
        connection.shutdown()


def main() -> None:
    """Try until it is done: every statement may be repeated."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)
    settings, text = from_environment(), Path(sys.argv[1]).read_text()
    while True:
        addresses = asyncio.run(wait_for_all(settings))
        try:
            apply(addresses, settings.database_port, text)
        except Trouble as error:
            log.info("trying again: %s", reason(error))
        else:
            return


if __name__ == "__main__":
    main()
