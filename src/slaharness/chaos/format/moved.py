"""Faults' names of the release before, under which experiments may still call them for one release."""

from collections.abc import Iterator
from typing import Any

_PODS, _BACKUP, _SCALING = (f"slaharness.faults.{folder}" for folder in ("pods", "backup", "scaling"))


def _now(package: str, name: str) -> tuple[str, str]:
    return f"{package}.{name}", name


#: Module and function, then and now.
MOVED = {
    ("slaharness.chaos.actions", "kill_pods"): _now(_PODS, "kill_pods"),
    ("slaharness.chaos.actions", "evict_pods"): _now(_PODS, "evict_pods"),
    ("slaharness.chaos.probes", "pods_ready"): _now(_PODS, "pods_ready"),
    ("slaharness.backup.jobs", "take"): _now(_BACKUP, "take_backup"),
    ("slaharness.backup.jobs", "restore"): _now(_BACKUP, "restore_backup"),
    ("slaharness.backup.storage", "lose"): _now(_BACKUP, "lose_storage"),
    ("slaharness.backup.storage", "lose_one"): _now(_BACKUP, "lose_pod_storage"),
    ("slaharness.backup.storage", "put_back"): _now(_BACKUP, "put_back_statefulset"),
    ("slaharness.backup.statements", "run"): _now(_BACKUP, "rerun_job"),
    ("slaharness.scaling.actions", "rest"): _now(_SCALING, "let_idle"),
    ("slaharness.scaling.actions", "wake"): _now(_SCALING, "cold_start"),
    ("slaharness.scaling.actions", "work"): _now(_SCALING, "send_requests"),
    ("slaharness.scaling.actions", "order"): _now(_SCALING, "enqueue_work"),
}


def notes(data: Any) -> Iterator[str]:
    """What is said of a file that can run, and calls something by its old name."""
    if isinstance(data, list):
        for each in data:
            yield from notes(each)
    elif isinstance(data, dict):
        old = (data.get("module"), data.get("func"))
        if all(isinstance(part, str) for part in old) and old in MOVED:
            module, func = MOVED[old]
            yield f"{'.'.join(old)} is now {func} of {module}; the old name goes with the next release"
        for each in data.values():
            yield from notes(each)
