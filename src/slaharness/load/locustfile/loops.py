"""Which user classes of a locustfile wait for their answers, as far as its text tells."""

import ast
from collections.abc import Iterable, Sequence


def closed(classes: Sequence[ast.ClassDef], trees: Iterable[ast.Module]) -> tuple[str, ...]:
    """Names of those that Locust starts, and that have one of its own users as a base, however far up."""
    own = {one.name: one for one in classes}
    renamed = {new: old for tree in trees for new, old in _renamed(tree)}

    def waits(one: ast.ClassDef, above: tuple[str, ...] = ()) -> bool:
        for base in map(named, one.bases):
            if base in own and base not in above:
                if waits(own[base], (*above, one.name)):
                    return True
            elif renamed.get(base, base).endswith("User"):
                return True
        return False

    return tuple(name for name, one in own.items() if waits(one) and not _abstract(one))


def named(base: ast.expr) -> str:
    """The last part of a base's name; "" of one that has none."""
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""


def _renamed(tree: ast.Module) -> list[tuple[str, str]]:
    """Imports under another name: ``from locust import HttpUser as Http``."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return [(one.asname, one.name) for node in found for one in node.names if one.asname]


def _abstract(one: ast.ClassDef) -> bool:
    return any(ast.unparse(line) == "abstract = True" for line in one.body)
