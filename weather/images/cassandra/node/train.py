"""Part of the image's build: start a ring of one, use it a little, and keep what the virtual machine loaded.

The archive of loaded classes that Java writes on its way out takes a quarter off every later start, which is
most of what a killed pod waits for. It is also the image's first test: a node that cannot start fails here.
"""

import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import health
import roles
from cql import Connection

HOME = Path(__file__).resolve().parent.parent

#: Some builders share the machine's own loopback, and there other nodes and other builds may be at work.
ADDRESS = "127.{}.{}.{}".format(*random.sample(range(1, 255), 3))

#: Seconds for the start, and for the end with the archive's writing.
LIMIT = 180.0

USE = (
    "CREATE KEYSPACE train WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}",
    "CREATE TABLE train.readings (station text, at timestamp, id uuid, PRIMARY KEY (station, at))",
    "INSERT INTO train.readings (station, at, id) VALUES ('s', 0, uuid())",
    "SELECT * FROM train.readings WHERE station = 's' LIMIT 20",
    "SELECT * FROM train.readings",
)


def ready() -> bool:
    """Tell whether the node says so itself."""
    try:
        urllib.request.urlopen(f"http://{ADDRESS}:{health.PORT}/ready", timeout=5).close()
    except urllib.error.URLError:
        return False
    return True


def use(node: subprocess.Popen[bytes]) -> None:
    """Wait for the node, and ask it a little."""
    deadline = time.monotonic() + LIMIT
    while not ready():
        if node.poll() is not None or time.monotonic() > deadline:
            sys.exit("the node did not become ready: see its log above")
        time.sleep(0.5)
    with Connection(ADDRESS, roles.login(roles.ADMIN), timeout=30) as connection:
        for statement in USE:
            connection.run(statement)


def main() -> None:
    """Start, use, stop; fail the build if any of it takes too long."""
    os.environ |= {f"{roles.PREFIX}{role}": secrets.token_urlsafe() for role in (roles.ADMIN, roles.PROBE)}
    with tempfile.TemporaryDirectory() as data:
        environment = {
            **os.environ,
            "POD_NAME": "train-0",
            "POD_IP": ADDRESS,
            "FOUNDERS": "1",
            "DATA": data,
            "JAVA_OPTIONS": f"-XX:ArchiveClassesAtExit={HOME}/classes.jsa -Dcassandra.jmx.local.port=0"
            " -Dcassandra.system_distributed.default_rf=1 -Dcassandra.system_auth.default_rf=1",
        }
        command = [sys.executable, str(HOME / "node/entrypoint.py")]
        node = subprocess.Popen(command, env=environment, start_new_session=True)
        try:
            use(node)
            node.terminate()
            node.wait(LIMIT)
        finally:
            os.killpg(node.pid, signal.SIGKILL)  # a container would end with Java, and `health` with it


if __name__ == "__main__":
    main()
