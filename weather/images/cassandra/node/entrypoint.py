"""Become Cassandra: decide how to start, write the settings, and hand the process over to Java.

Java ends up as process 1, so that SIGTERM reaches it and it drains itself. `health` stays beside it.
"""

import os
import resource
import socket
import string
import subprocess
import sys
from pathlib import Path

import founding
import health
import ring

HOME = Path(__file__).resolve().parent.parent
SETTINGS = Path("/tmp/cassandra.yaml")  # noqa: S108 - the pod's own writable folder
TOKENS_EACH = 8
#: Seconds to wait for the other founders. On an overloaded machine one process was seen to wait ten
#: minutes for peers that a fresh one heard at once: the container starts anew long before that.
PATIENCE = 60.0


def names() -> tuple[int, list[str]]:
    """Return this pod's ordinal and the full names of all founders, from its own name, cassandra-0."""
    stem, _, ordinal = os.environ["POD_NAME"].rpartition("-")
    domain = socket.getfqdn().partition(".")[2]
    founders = int(os.environ["FOUNDERS"])
    return int(ordinal), [f"{stem}-{other}.{domain}" for other in range(founders)]


def first_start(ordinal: int, others: list[str], tokens: list[int]) -> founding.Decision | None:
    """Decide as `founding` says; an ordinal past the founders has nobody to agree with."""
    if ordinal >= int(os.environ["FOUNDERS"]):
        return founding.Decision(founder=False)
    return founding.decide(tokens, [founding.ask(name) for name in others])


def settings(decision: founding.Decision, tokens: list[int], others: list[str], data: Path) -> str:
    """Fill in cassandra.yaml, and encryption.yaml where there are ``CERTIFICATES``.

    A node that is its own seed may start with nobody to talk to, as after the loss of all pods, but it never
    streams: one that has yet to fetch its data must not be.
    """
    address, joined = os.environ["POD_IP"], (data / health.JOINED).exists()
    fetches = not decision.founder and not joined
    certificates = os.environ.get("CERTIFICATES", "")
    files = ["cassandra.yaml", *(["encryption.yaml"] if certificates else [])]
    return string.Template("".join((HOME / "conf" / file).read_text() for file in files)).substitute(
        NUM_TOKENS=TOKENS_EACH,
        INITIAL_TOKEN=",".join(map(str, tokens)) if decision.founder else "",
        AUTO_BOOTSTRAP=str(fetches).lower(),
        ADDRESS=address,
        SEEDS=",".join(others if fetches else [address, *others]),
        DATA=data,
        CERTIFICATES=certificates,
    )


def java(decision: founding.Decision, data: Path) -> list[str]:
    """Build the command line. The order of the jars is part of what the class archive was made for."""
    replace = (
        [f"-Dcassandra.replace_address_first_boot={decision.predecessor}"] if decision.predecessor else []
    )
    return [
        "java",
        f"@{HOME}/conf/opens.options",
        f"@{HOME}/conf/jvm.options",
        *os.environ.get("JAVA_OPTIONS", f"-XX:SharedArchiveFile={HOME}/classes.jsa").split(),
        *replace,
        f"-Dcassandra.config=file://{SETTINGS}",
        f"-Dcassandra.storagedir={data}",
        f"-Dlogback.configurationFile={HOME}/conf/logback.xml",
        "-cp",
        ":".join(map(str, sorted((HOME / "lib").glob("*.jar")))),
        "org.apache.cassandra.service.CassandraDaemon",
    ]


def main() -> None:
    """Start `health`, settle the first start, become Java."""
    data = Path(os.environ.get("DATA", "/var/lib/cassandra"))
    kept = data / "first-start.json"
    ordinal, founders = names()
    tokens = ring.tokens(ordinal, founders=len(founders), each=TOKENS_EACH)
    new = "no" if kept.exists() else "yes"
    subprocess.Popen(
        [sys.executable, HOME / "node/health.py"],
        env={**os.environ, "DATA": str(data), "NEW_DISK": new},
    )
    others = [name for index, name in enumerate(founders) if index != ordinal]
    decision = founding.settle(kept, lambda: first_start(ordinal, others, tokens), within=PATIENCE)
    print(f"starting as {decision} with the other founders {others}", flush=True)  # noqa: T201
    SETTINGS.write_text(settings(decision, tokens, others, data))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))  # locking all memory would pin what is never used
    command = java(decision, data)
    os.execvp(command[0], command)  # noqa: S606 - no shell in between, so that signals arrive


if __name__ == "__main__":
    main()
