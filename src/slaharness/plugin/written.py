"""A scenario's test as it is written, which tells some slips before there is a run to ask."""

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator
from textwrap import dedent
from typing import Any

#: The fixtures whose ``meets`` is asked for objectives.
RUNS = frozenset({"run", "slaharness_run"})
#: Where what is asked may be meant to fail, or not to be asked at all.
PERHAPS = (
    ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.If, ast.IfExp, ast.While, ast.Match, ast.FunctionDef,
    ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda,
)  # fmt: skip


def line(function: Callable[..., Any]) -> int:
    """Where it begins, with its decorators; 0 when that is not known."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code.co_firstlineno if code else 0


def asked(function: Callable[..., Any]) -> list[tuple[str, int]]:
    """Objectives that its body surely asks its run for, each with its line: ``run.meets("NAME", …)``.

    Only those that a plain text names are told.
    """
    tree = _tree(function)
    if tree is None:
        return []
    stored = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    runs = (RUNS & {argument.arg for argument in (*tree.args.args, *tree.args.kwonlyargs)}) - stored
    return [found for node in _surely(tree.body) for found in _named(node, runs)]


def _tree(function: Callable[..., Any]) -> ast.FunctionDef | None:
    """None of what is no plain function, or has no text of its own."""
    try:
        text = dedent(inspect.getsource(inspect.unwrap(function)))
        (tree,) = ast.parse(text).body
    except (OSError, TypeError, ValueError, SyntaxError):
        return None
    ast.increment_lineno(tree, line(function) - 1)
    return tree if isinstance(tree, ast.FunctionDef) else None


def _surely(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        if not isinstance(node, PERHAPS):
            yield node
            yield from _surely(ast.iter_child_nodes(node))


def _named(node: ast.AST, runs: frozenset[str]) -> Iterator[tuple[str, int]]:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name), attr="meets"),
            args=[ast.Constant(value=str(objective)), *_],
        ) if name in runs:
            yield objective, node.lineno
