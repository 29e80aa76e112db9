"""How long the streaming stack takes to be steady once the nodes are Ready, and how much memory it then has.

All of it: the ring with its sidecars, Pulsar, the lake, Flink, whoever tells users. Run as root: ``python
bench/streaming.py``. Images come from the cache; a first run fills it.
"""

import json

from lab import short
from lab.steady import steady

#: Seconds, and GiB.
LIMIT, MEMORY = 150.0, 8.0


def main() -> None:
    short.needs("streaming", "root, and a cluster of its own on this machine with the streaming stack")
    found = steady("benchstreaming", "streaming")
    took, memory = round(found.took, 1), round(found.memory, 2)
    ok = took <= LIMIT and memory <= MEMORY
    answer = {"name": "streaming", "ok": ok, "value": took, "limit": LIMIT, "unit": "s"}
    more = {"from_apply": round(found.from_apply, 1), "memory_gib": memory, "memory_limit_gib": MEMORY}
    print(json.dumps(answer | more))


if __name__ == "__main__":
    main()
