"""Refuses an experiment that would leave an effect which does not mend by itself."""

from collections.abc import Iterable

from slaharness.chaos.format.source import Wrong
from slaharness.chaos.format.target import Target


def undone(targets: Iterable[Target]) -> None:
    """Raise Wrong for an action whose effect would stay: none of the rollbacks takes it back."""
    targets = list(targets)
    back = [one for one in targets if one.place.startswith("rollbacks")]
    for one in targets:
        wanted = one.declared.undo
        if one.role != "action" or not one.place.startswith("method") or not wanted:
            continue
        if not any(_undoes(each, one) for each in back):
            raise Wrong(
                f"{one.place}.provider.func",
                f"its effect would stay: no rollback calls {' or '.join(wanted)} in {one.namespace}",
            )


def _undoes(rollback: Target, action: Target) -> bool:
    same = not rollback.name or not action.name or rollback.name == action.name
    named = rollback.function.rpartition(".")[2] in action.declared.undo
    return named and same and rollback.namespace == action.namespace
