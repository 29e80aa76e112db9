"""A change put into the running program: the same functions, classes and constants, with other contents.

Nothing is imported again, so whoever holds a function or a constant by name has the changed one.
"""

import ast
import dataclasses
import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from mutants.changes import Change


class NotPossibleError(Exception):
    """A change that cannot be put into a running program."""


class Program:
    """The functions of the files that are changed, found once: looking for them takes long."""

    def __init__(self, files: set[Path]) -> None:
        self.modules = {Path(one.__file__): one for one in list(sys.modules.values()) if _file(one) in files}
        names = {str(file) for file in files}
        self.functions: dict[tuple[str, int], list[FunctionType]] = {}
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename in names:
                key = (one.__code__.co_filename, one.__code__.co_firstlineno)
                self.functions.setdefault(key, []).append(one)

    def put(self, change: Change) -> None:
        """Raises NotPossibleError."""
        tree = change.applied()
        (field, index), *inside = change.path
        statement = getattr(tree, field)[index]
        module = self.modules[change.file]
        if isinstance(statement, ast.ClassDef):
            cls = vars(module)[statement.name]
            while inside[0][0] == "body" and isinstance(statement, ast.ClassDef):
                statement = statement.body[inside[0][1] or 0]
                inside = inside[1:]
            if not isinstance(statement, ast.FunctionDef):
                _attribute(cls, statement, module)
                return
        if isinstance(statement, ast.FunctionDef):
            self._function(change, statement, tree, module, defaults=inside[0][0] == "args")
        else:
            _constant(module, statement, tree)

    def _function(
        self, change: Change, head: ast.FunctionDef, tree: ast.Module, module: ModuleType, *, defaults: bool
    ) -> None:
        first = min([head.lineno, *(one.lineno for one in head.decorator_list)])
        living = self.functions.get((str(change.file), first), [])
        if not living:
            raise NotPossibleError(f"{change.name}: no such function is there")
        if defaults:
            head.decorator_list = []
            made = _executed(module, [head])[head.name]
            for one in living:
                one.__defaults__, one.__kwdefaults__ = made.__defaults__, made.__kwdefaults__
            return
        whole = compile(tree, str(change.file), "exec")
        code = next(one for one in _codes(whole) if one.co_firstlineno == first and one.co_name == head.name)
        for one in living:
            if one.__code__.co_name == head.name:
                if len(one.__code__.co_freevars) != len(code.co_freevars):
                    raise NotPossibleError(f"{change.name}: another closure")
                one.__code__ = code


def _file(module: ModuleType) -> Path | None:
    name = getattr(module, "__file__", None)
    return Path(name) if name else None


def _codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)


def _executed(module: ModuleType, statements: list[ast.stmt]) -> dict[str, Any]:
    names = dict(vars(module))
    exec(compile(ast.Module(statements, []), str(module.__file__), "exec"), names)  # noqa: S102 our own code
    return names


def constants(tree: ast.Module, statement: ast.stmt) -> tuple[list[ast.stmt], set[str]]:
    """A statement that sets names at the top of a file, with those that follow from it; and all names."""
    statements, names = [statement], _set(statement)
    for one in tree.body[tree.body.index(statement) + 1 :]:
        if isinstance(one, ast.Assign | ast.AnnAssign) and _read(one) & names:
            statements.append(one)
            names |= _set(one)
    return statements, names


def _set(statement: ast.stmt) -> set[str]:
    names = (one for one in ast.walk(statement) if isinstance(one, ast.Name))
    return {one.id for one in names if isinstance(one.ctx, ast.Store)}


def _read(statement: ast.Assign | ast.AnnAssign) -> set[str]:
    value = statement.value
    return {one.id for one in ast.walk(value) if isinstance(one, ast.Name)} if value else set()


def _constant(module: ModuleType, statement: ast.stmt, tree: ast.Module) -> None:
    statements, names = constants(tree, statement)
    made = _executed(module, statements)
    held = {name: vars(module)[name] for name in names if name in vars(module)}
    for one in list(sys.modules.values()):
        for name, old in held.items():
            if vars(one).get(name, module) is old:
                vars(one)[name] = made[name]
    _defaults(module, tree, {name: made[name] for name in held})


def _defaults(module: ModuleType, tree: ast.Module, names: dict[str, Any]) -> None:
    """Defaults of functions that are such a constant."""
    for head in tree.body:
        if isinstance(head, ast.FunctionDef):
            function = vars(module)[head.name]
            for one, default in zip(head.args.kwonlyargs, head.args.kw_defaults, strict=True):
                if isinstance(default, ast.Name) and default.id in names:
                    function.__kwdefaults__[one.arg] = names[default.id]


def _attribute(cls: type, statement: ast.stmt, module: ModuleType) -> None:
    """A value in the body of a class: for a dataclass, its default too."""
    if not dataclasses.is_dataclass(cls):
        raise NotPossibleError(f"{cls.__name__}: only dataclasses' defaults can be changed")
    made = _executed(module, [statement])
    if any(isinstance(made[name], dataclasses.Field) for name in _set(statement)):
        raise NotPossibleError(f"{cls.__name__}: what is made anew for each of its objects cannot be changed")
    for name in _set(statement):
        setattr(cls, name, made[name])
    held = cls.__init__.__defaults__ or ()
    # They are those of the last fields.
    names = [one.name for one in dataclasses.fields(cls) if one.init][-len(held) :]
    cls.__init__.__defaults__ = tuple(made.get(name, old) for name, old in zip(names, held, strict=True))
