"""What a fault declares beside its function: the rights it needs, what it is aimed at, what undoes it.

The check, the guard, the pipeline and the child all read this one declaration; no other list names a fault.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
#: Verbs by resource, as in ``kubectl auth can-i VERB RESOURCE``: ``{"pods": "get list"}``, also
#: ``deployments.apps`` and ``services/proxy``.
Rights = Mapping[str, str]
#: The attribute of a function that holds its declaration.
ATTRIBUTE = "__slaharness_fault__"


@dataclass(frozen=True)
class Declaration:
    """What one action or probe may do, and to what.

    ``rights`` count in the namespace that its arguments name, ``everywhere`` in the whole cluster. ``target``
    is the kind of object that its selector or name means, "" for none in the cluster. ``undo`` are functions,
    one of which has to be among the rollbacks, for what does not mend by itself. ``loses_data``: data may be
    gone for good. ``host``: it also works on this machine's disks, with the harness's own privileges.
    ``needs`` is a setting of the project without which the fault is refused.
    """

    rights: Rights = field(default_factory=dict)
    target: str = ""
    everywhere: Rights = field(default_factory=dict)
    undo: tuple[str, ...] = ()
    loses_data: bool = False
    host: bool = False
    needs: str = ""


def fault(
    *,
    rights: Rights,
    target: str = "pods",
    everywhere: Rights | None = None,
    undo: Iterable[str] = (),
    loses_data: bool = False,
    host: bool = False,
) -> Callable[[Function], Function]:
    """Declare an action or probe that experiments may call; the parameters are those of ``Declaration``."""
    declaration = Declaration(rights, target, everywhere or {}, tuple(undo), loses_data, host)

    def declare(function: Function) -> Function:
        setattr(function, ATTRIBUTE, declaration)
        return function

    return declare


def of(function: Callable[..., Any]) -> Declaration | None:
    """What the function declares, None when nothing."""
    found = getattr(function, ATTRIBUTE, None)
    return found if isinstance(found, Declaration) else None


def together(many: Iterable[Rights]) -> dict[str, str]:
    """All those rights, in order of resource and verb."""
    verbs: dict[str, set[str]] = {}
    for rights in many:
        for resource, words in rights.items():
            verbs.setdefault(resource, set()).update(words.split())
    return {resource: " ".join(sorted(verbs[resource])) for resource in sorted(verbs)}
