"""Which small changes can be made to a file: one expression or statement each, as a tired programmer might.

Comparisons, arithmetic and logic are turned round or moved by one step, operands and keywords left out,
numbers and names changed, conditions negated, statements skipped. Left alone are annotations, decorators,
texts for people (they have blanks), and ``strict=``, which says only what holds anyway.
"""

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitXor: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And, ast.Break: ast.Continue, ast.Continue: ast.Break,
}  # fmt: skip
_PAIRS = [("min", "max"), ("any", "all"), ("maximum", "minimum"), ("floor", "ceil"), ("before", "after"),
          ("partition", "rpartition"), ("removeprefix", "removesuffix"), ("lstrip", "rstrip"),
          ("startswith", "endswith"), ("logical_or", "logical_and")]  # fmt: skip
_NAMES = dict(_PAIRS) | {right: left for left, right in _PAIRS}
_UNTOUCHED_KEYWORDS = {"strict", "zero_copy_only"}
#: Fields of nodes that no change enters.
_CLOSED = {"annotation", "returns", "decorator_list", "format_spec", "pattern", "type_params"}

Parts = list[ast.AST]


@dataclass(frozen=True)
class Change:
    """``after`` in place of the node at ``path`` in its file's tree.

    ``where`` and ``what`` name it, whatever else changes in the file: the function, the expression before and
    after. ``lines`` are those of its statement.
    """

    file: Path
    path: tuple[tuple[str, int | None], ...]
    after: ast.AST
    where: str
    what: str
    lines: tuple[int, int]

    @property
    def name(self) -> str:
        return f"{self.file.parent.name}/{self.file.name}: {self.where}: {self.what}"

    def applied(self) -> ast.Module:
        """The file's tree with the change in it."""
        tree = ast.parse(text(self.file))
        *above, (field, index) = self.path
        node: ast.AST = tree
        for step, at in above:
            node = _child(node, step, at)
        after = ast.copy_location(copy.deepcopy(self.after), _child(node, field, index))
        if index is None:
            setattr(node, field, after)
        else:
            getattr(node, field)[index] = after
        return ast.fix_missing_locations(tree)


def changes(file: Path) -> list[Change]:
    """All changes of a file, in its order; those with one name are numbered."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for path, nodes, after in _every(ast.parse(text(file)), (), []):
        where, what = _where(nodes), _what(nodes, after, path[-1])
        seen[where, what] += 1
        if (number := seen[where, what]) > 1:
            what += f" ({number})"
        found.append(Change(file, path, after, where, what, _lines(nodes)))
    return found


@cache
def text(file: Path) -> str:
    """As it was when it was first asked for: somebody may write to it meanwhile."""
    return file.read_text()


def _child(node: ast.AST, field: str, index: int | None) -> ast.AST:
    child = getattr(node, field)
    found: ast.AST = child if index is None else child[index]
    return found


def _every(
    node: ast.AST, path: tuple[tuple[str, int | None], ...], above: Parts
) -> Iterator[tuple[tuple[tuple[str, int | None], ...], Parts, ast.AST]]:
    """Where each change is, the nodes from the outside in, and what it puts there."""
    nodes = [*above, node]
    if path:
        yield from ((path, nodes, after) for after in _instead(node, above))
    for field, value in ast.iter_fields(node):
        if field in _CLOSED or (isinstance(node, ast.JoinedStr) and field != "values"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.expr_context) or not isinstance(child, ast.AST) or _untouched(child):
                continue
            yield from _every(child, (*path, (field, index)), nodes)


def _untouched(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    return isinstance(node, ast.keyword) and node.arg in _UNTOUCHED_KEYWORDS


def _instead(node: ast.AST, above: Parts) -> Iterator[ast.AST]:
    match node:
        case ast.Compare() | ast.BinOp() | ast.BoolOp() | ast.AugAssign():
            yield from _swapped(node)
        case ast.Break() | ast.Continue():
            yield _SWAPPED[type(node)]()
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Constant():
            yield from _constants(node, above[-1])
        case ast.Name() | ast.Attribute():
            yield from _named_otherwise(node)
        case ast.Raise() | ast.Expr():
            yield ast.Pass()
        case ast.Call():
            yield from _without_a_keyword(node)
        case _:
            yield from _conditions(node)


def _without_a_keyword(node: ast.Call) -> Iterator[ast.AST]:
    for one in node.keywords:
        if one.arg not in _UNTOUCHED_KEYWORDS:
            yield _with(node, keywords=[other for other in node.keywords if other is not one])


def _named_otherwise(node: ast.Name | ast.Attribute) -> Iterator[ast.AST]:
    if isinstance(node, ast.Attribute) and node.attr in _NAMES:
        yield _with(node, attr=_NAMES[node.attr])
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in _NAMES:
        yield ast.Name(_NAMES[node.id], ast.Load())


def _swapped(node: ast.Compare | ast.BinOp | ast.BoolOp | ast.AugAssign) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for at, one in enumerate(node.ops):
            yield _with(node, ops=[*node.ops[:at], _SWAPPED[type(one)](), *node.ops[at + 1 :]])
    elif type(node.op) in _SWAPPED:
        yield _with(node, op=_SWAPPED[type(node.op)]())
    if isinstance(node, ast.BoolOp):
        for at in range(len(node.values)):
            rest = [*node.values[:at], *node.values[at + 1 :]]
            yield rest[0] if len(rest) == 1 else _with(node, values=rest)


def _constants(node: ast.Constant, parent: ast.AST) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
    elif (
        isinstance(value, str) and not isinstance(parent, ast.JoinedStr) and len(value.split()) == bool(value)
    ):
        yield ast.Constant("X")
    elif isinstance(value, bytes):
        yield ast.Constant(b"X")


def _conditions(node: ast.AST) -> Iterator[ast.AST]:
    """What is asked, the other way round, unless a comparison or logic in it is turned round itself."""
    match node:
        case ast.comprehension(ifs=[_, *_]):
            for at in range(len(node.ifs)):
                yield _with(node, ifs=[*node.ifs[:at], *node.ifs[at + 1 :]])
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) if not _turned_itself(test):
            yield _with(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.match_case(guard=ast.expr()):
            yield _with(node, guard=None)
        case _:
            return


def _turned_itself(test: ast.AST) -> bool:
    return isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    copied = copy.copy(node)
    for name, value in fields.items():
        setattr(copied, name, value)
    return copied


def _where(nodes: Parts) -> str:
    """The function, or the class; "" at the top."""
    kinds = ast.FunctionDef | ast.ClassDef
    return ".".join(node.name for node in nodes if isinstance(node, kinds)) or "top"


def _what(nodes: Parts, after: ast.AST, step: tuple[str, int | None]) -> str:
    """Like ``total < floor → total <= floor``: with the expression around a name or a number."""
    node, parent = nodes[-1], nodes[-2]
    if isinstance(node, ast.Call) and isinstance(after, ast.Call):
        (left_out,) = {one.arg for one in node.keywords} - {one.arg for one in after.keywords}
        return f"{_short(node.func)}(…) without {left_out}"
    if isinstance(node, ast.Constant | ast.Name) and isinstance(parent, ast.expr | ast.keyword | ast.Assign):
        field, index = step
        whole = copy.copy(parent)
        if index is None:
            setattr(whole, field, after)
        else:
            setattr(whole, field, [*getattr(parent, field)])
            getattr(whole, field)[index] = after
        node, after = parent, whole
    return f"{_short(node)} → {_short(after)}"


def _short(node: ast.AST) -> str:
    """Its text in one line; of a statement with a body, the first."""
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))
    return text.partition(":\n")[0] if isinstance(node, ast.stmt) else " ".join(text.split())


def _lines(nodes: Parts) -> tuple[int, int]:
    """Of the innermost statement; of one with a body, its head."""
    statement = next(node for node in reversed(nodes) if isinstance(node, ast.stmt))
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return statement.lineno, max(statement.lineno, last)
