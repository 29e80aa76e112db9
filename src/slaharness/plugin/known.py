"""Which questions there are, told from the text of the checks, for to import them takes too long to check."""

import ast
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

from slaharness.errors import BadInput
from slaharness.host.duration import seconds
from slaharness.model import Phase
from slaharness.plugin.written import Question

PACKAGE = Path(__file__).parents[1]
#: A finished run, which has questions of its own; former names of checks; what declares one.
RUN, FORMER, CHECK = "RunResult", "ALIASES", "check"
#: How limits are annotated.
WINDOW, DURATION = "Phase", "str | float"


def slip(asked: Question) -> str:
    """Why no check answers this question, with its line; "" where one does."""
    if asked.name not in known():
        near = get_close_matches(asked.name, known(), 1)
        do = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(known()))}"
        return f"no check {asked.name!r} (line {asked.line}); {do}"
    takes = known()[asked.name]
    if takes is None or not asked.whole:
        return ""
    try:
        given = takes.bind(*asked.words, **asked.limits).arguments
    except TypeError as error:
        return f"run.{asked.name}(): {error} (line {asked.line}); it takes {', '.join(takes.parameters)}"
    wrong = (
        why for name, value in given.items() if (why := _wrong(takes.parameters[name].annotation, value))
    )
    return next((f"run.{asked.name}(): {why} (line {asked.line})" for why in wrong), "")


def _wrong(kind: object, value: object) -> str:
    """Why a limit of that kind is none; "" of one that may be, or that only running the test would tell."""
    if kind == WINDOW and isinstance(value, str):
        try:
            Phase(value)
        except ValueError:
            return f"no window {value!r}; there are: {', '.join(Phase)}"
    if kind == DURATION and isinstance(value, str | float):
        try:
            seconds(value)
        except BadInput as error:
            return str(error)
    return ""


@cache
def known() -> dict[str, Signature | None]:
    """Every question by its name, with what it takes; None of what is no function."""
    found = dict[str, Signature | None](_own(ast.parse((PACKAGE / "result.py").read_text())))
    for file in (PACKAGE / "checks").glob("*.py"):
        found |= {one.name: _takes(one) for one in _functions(ast.parse(file.read_text())) if _declared(one)}
    return found


def _own(module: ast.Module) -> Iterator[tuple[str, Signature | None]]:
    for node in module.body:
        match node:
            case ast.ClassDef(name=name) if name == RUN:
                for one in _functions(node):
                    yield one.name, None if one.decorator_list else _takes(one)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == FORMER:
                yield from dict.fromkeys(ast.literal_eval(value)).items()


def _functions(node: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef]:
    yield from (one for one in node.body if isinstance(one, ast.FunctionDef) and not one.name.startswith("_"))


def _declared(function: ast.FunctionDef) -> bool:
    """Whether it stands under ``@check(…)``."""
    called = [one.func for one in function.decorator_list if isinstance(one, ast.Call)]
    return any(isinstance(one, ast.Name) and one.id == CHECK for one in called)


def _takes(function: ast.FunctionDef) -> Signature:
    """Its parameters but for the first, which is the run itself."""
    its = function.args
    given = [*its.posonlyargs, *its.args]
    free = len(given) - len(its.defaults)
    found = [
        _parameter(one, Parameter.POSITIONAL_OR_KEYWORD, optional=at >= free) for at, one in enumerate(given)
    ]
    found += [_parameter(its.vararg, Parameter.VAR_POSITIONAL)] if its.vararg else []
    found += [
        _parameter(one, Parameter.KEYWORD_ONLY, optional=value is not None)
        for one, value in zip(its.kwonlyargs, its.kw_defaults, strict=True)
    ]
    found += [_parameter(its.kwarg, Parameter.VAR_KEYWORD)] if its.kwarg else []
    return Signature(found[1:])


def _parameter(one: ast.arg, kind: Any, *, optional: bool = False) -> Parameter:
    annotation = ast.unparse(one.annotation) if one.annotation else ""
    return Parameter(one.arg, kind, default=... if optional else Parameter.empty, annotation=annotation)
