"""Cassandra's own bulk loader: reads SSTables and streams each row to the nodes that own it, in any ring."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from ringbackup.errors import Trouble

HOME = Path("/opt/cassandra")
#: Seconds for one table.
WITHIN = 1800.0
#: Lines of the loader's output that explain a failure.
TAIL = 4
SETTINGS = """\
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
storage_compatibility_mode: NONE
uuid_sstable_identifiers_enabled: true
sstable: {selected_format: bti}
stream_throughput_outbound: 0MiB/s
entire_sstable_stream_throughput_outbound: 0MiB/s
"""


def load(folder: Path, addresses: Sequence[str], login: tuple[str, str], scratch: Path) -> None:
    """Load the SSTables of ``folder``, which ends in ``KEYSPACE/TABLE``. Raises Trouble.

    ``login`` is a role and its password, which the loader takes by its command line alone: only this pod sees
    it there. ``scratch`` is for this loader alone.
    """
    role, password = login
    scratch.mkdir(parents=True, exist_ok=True)
    settings = scratch / "loader.yaml"
    settings.write_text(SETTINGS)
    command = [
        "java", f"@{HOME}/conf/opens.options", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
        f"-XX:SharedArchiveFile={HOME}/classes.jsa", f"-Dcassandra.storagedir={scratch}",
        f"-Dlogback.configurationFile={HOME}/conf/logback.xml",
        "-cp", ":".join(map(str, sorted((HOME / "lib").glob("*.jar")))),
        "org.apache.cassandra.tools.BulkLoader",
        "--conf-path", str(settings), "--nodes", ",".join(addresses),
        "--username", role, "--password", password, "--no-progress", str(folder),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN, check=False)
    except subprocess.TimeoutExpired as error:
        raise Trouble(f"{folder} was not loaded in {WITHIN:g} s") from error
    if done.returncode:
        words = " / ".join((done.stdout + done.stderr).strip().splitlines()[-TAIL:])
        raise Trouble(f"{folder} could not be loaded: {words or 'the loader said nothing'}")
