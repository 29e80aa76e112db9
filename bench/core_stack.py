"""How long the core stack takes to be steady once the nodes are Ready: ring, schema, API, Prometheus.

Run as root: ``python bench/core_stack.py``. Images come from the cache; a first run fills it.
"""

import json

from lab import short
from lab.steady import steady

LIMIT = 45.0


def main() -> None:
    short.needs("core_stack", "root, and a cluster of its own on this machine with the core stack")
    found = steady("benchstack", "core")
    took = round(found.took, 1)
    answer = {"name": "core_stack", "ok": took <= LIMIT, "value": took, "limit": LIMIT, "unit": "s"}
    print(
        json.dumps(answer | {"from_apply": round(found.from_apply, 1), "memory_gib": round(found.memory, 2)})
    )


if __name__ == "__main__":
    main()
