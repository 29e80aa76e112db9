"""A scenario's test as it is written, which tells some slips before there is a run to ask."""

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

#: The fixtures that are asked.
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


#: A value that only running the test would tell.
UNTOLD = object()


@dataclass(frozen=True)
class Question:
    """``run.NAME(words, limits)`` as it stands in a line, each value as its text tells it, or UNTOLD.

    ``whole`` says that there are no others.
    """

    name: str
    words: tuple[object, ...]
    limits: Mapping[str, object]
    whole: bool
    line: int

    @property
    def named(self) -> str:
        """The plain text that it begins with; "" where there is none."""
        return self.words[0] if self.words and isinstance(self.words[0], str) else ""


def questions(function: Callable[..., Any]) -> list[Question]:
    """What its body surely asks of its run."""
    tree = _tree(function)
    if tree is None:
        return []
    stored = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    runs = (RUNS & {argument.arg for argument in (*tree.args.args, *tree.args.kwonlyargs)}) - stored
    return [found for node in _surely(tree.body) for found in _asked(node, runs)]


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


def _asked(node: ast.AST, runs: frozenset[str]) -> Iterator[Question]:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=fixture), attr=name), args=words, keywords=limits
        ) if fixture in runs:
            named = {one.arg: _value(one.value) for one in limits if one.arg}
            whole = len(named) == len(limits) and not any(isinstance(one, ast.Starred) for one in words)
            yield Question(name, tuple(map(_value, words)), named, whole, node.lineno)


def _value(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else UNTOLD
