"""What k6 concludes: its thresholds on what its own users saw. It asks no Prometheus."""

import os
import signal
import subprocess
from pathlib import Path

from lab.situations import BASELINE, FAULT, LIMIT, RECOVERY, Situation
from lab.world import World

SCRIPT = Path(__file__).with_name("k6.js")
#: k6's exit codes that say something of the users: every threshold kept, or one crossed.
CONCLUSIONS = {0: "MET", 99: "MISSED"}


def conclude(program: Path, situation: Situation, world: World) -> tuple[str, str]:
    """Its conclusion in our words, by what it ends with; "" where only Prometheus is in trouble."""
    if situation.prometheus:
        return "", "not asked"
    # A recovery is asked for from its limit on; anything else from the fault on.
    start, seconds = (LIMIT, FAULT + RECOVERY - LIMIT) if situation.asks == "recovery" else (0.0, FAULT)
    host, port = world.cluster.server.server_address[:2]
    given = {
        "USERS": world.url, "CLUSTER": f"http://{host}:{port}", "SELECTOR": situation.selector,
        "RATE": int(world.rate), "BEFORE": BASELINE, "FROM": start, "SECONDS": seconds,
    }  # fmt: skip
    words = [word for name, value in given.items() for word in ("--env", f"{name}={value}")]
    quiet = ["--quiet", "--no-usage-report", "--address", "", "--log-output", "none"]
    process = subprocess.Popen(
        [program, "run", *quiet, *words, SCRIPT], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"K6_AUTO_EXTENSION_RESOLUTION": "false"}, start_new_session=True,
    )  # fmt: skip
    if situation.interrupted:
        world.once_struck = lambda _: process.send_signal(signal.SIGINT)
    code = process.wait(timeout=90)
    broken = situation.interrupted and not world.marker.exists()
    return CONCLUSIONS.get(code, "UNKNOWN") + (", left broken" if broken else ""), f"exit {code}"
