"""How long the core stack takes to be steady once the nodes are Ready: ring, schema, API, Prometheus.

Run as root: ``python bench/core_stack.py``. Images come from the cache; a first run fills it.
"""

import json
import time
from functools import partial

from lab import short

from slaharness.cluster.local.prepare import prepare
from slaharness.cluster.local.provider import Local
from slaharness.load import locust
from slaharness.settings import read as settings
from slaharness.stack import deploy, images

LIMIT = 45.0


def main() -> None:
    short.needs("core_stack", "root, and a cluster of its own on this machine with the core stack")
    stack = settings.here().stack
    prepare(yes=True, also=(partial(deploy.build, stack, [stack.profile("core")]), locust.image))
    provider = Local("benchstack")
    try:
        cluster = provider.up()
        began = time.monotonic()
        images.deliver(cluster, provider, [locust.image()])
        deployed = deploy.deploy(cluster, provider, stack)
        took = time.monotonic() - began
    finally:
        provider.down()
    answer = {"name": "core_stack", "ok": took <= LIMIT, "value": round(took, 1), "limit": LIMIT, "unit": "s"}
    print(json.dumps(answer | {"from_apply": round(deployed.ready_after, 1)}))


if __name__ == "__main__":
    main()
