"""What a locustfile imports: from beside it, which travels with it, and from the packages of its pod."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from slaharness.errors import BadInput

#: What the load's image is made of.
REQUIREMENTS = Path(__file__).parents[1] / "image" / "requirements.in"
#: Errors of a missing module, by any of their names; how they are passed over; what a pod never runs.
IMPORT_ERRORS = re.compile(r"\b(ImportError|ModuleNotFoundError|Exception|BaseException)\b")
NEVER_MIND = re.compile(rf"\bsuppress\(.*{IMPORT_ERRORS.pattern}")
NEVER_RUN = re.compile(r"([\w.]+\.)?TYPE_CHECKING|__name__ == '__main__'|'__main__' == __name__")
#: The one module of the harness that is in the pod.
ARRIVALS = "slaharness.load.arrivals"


def parsed(path: Path) -> ast.Module:
    """Raises BadInput when the file is not there or is not valid Python."""
    try:
        return ast.parse(path.read_bytes(), path)
    except OSError as error:
        raise BadInput(f"load profile {path}: {error.strerror}") from error
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # the last of 10,000 brackets
        raise BadInput(f"load profile {path}: not valid Python: {error or type(error).__name__}") from error


def _imports(tree: ast.Module, package: str = "") -> Iterator[tuple[int, str]]:
    """Line and full name of each module that is imported, but for those that may be missing.

    ``package`` is the module's own, for what it imports relatively.
    """
    spared = {
        id(node) for each in ast.walk(tree) for part in _may_be_missing(each) for node in ast.walk(part)
    }
    for node in ast.walk(tree):
        if id(node) in spared:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(name := _asked_by_name(node), str):
            yield node.lineno, name


def _may_be_missing(node: ast.AST) -> list[ast.stmt]:
    """The part of a statement whose imports nobody misses: it is never run here, or somebody expects it."""
    match node:
        case ast.Try(body=body, handlers=handlers) if any(map(_takes_import_error, handlers)):
            return body
        case ast.With(items=items, body=body) if any(NEVER_MIND.search(ast.unparse(one)) for one in items):
            return body
        case ast.If(test=test, body=body) if NEVER_RUN.fullmatch(ast.unparse(test)):
            return body
        case _:
            return []


def _takes_import_error(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool(IMPORT_ERRORS.search(ast.unparse(handler.type)))


def _asked_by_name(call: ast.Call) -> object:
    """The module of ``importlib.import_module("csv")`` and ``__import__("csv")``."""
    asks = ast.unparse(call.func).rpartition(".")[2] in {"import_module", "__import__"}
    return call.args[0].value if asks and call.args and isinstance(call.args[0], ast.Constant) else None


def beside(path: Path, tree: ast.Module, seen: dict[Path, None]) -> dict[Path, None]:
    """The modules of its folder that a locustfile imports, and those that these import."""
    return _beside(path.parent, path, tree, seen)


def _beside(folder: Path, path: Path, tree: ast.Module, seen: dict[Path, None]) -> dict[Path, None]:
    package = ".".join(path.relative_to(folder).parts[:-1])
    for _, name in _imports(tree, package):
        parts = name.split(".")
        steps = [folder.joinpath(*parts[: count + 1]) for count in range(len(parts))]
        for step in steps:
            for file in (step.with_suffix(".py"), step / "__init__.py"):
                if file.is_file() and file != path and file not in seen:
                    seen[file] = None
                    _beside(folder, file, parsed(file), seen)
    return seen


def importable(file: Path, tree: ast.Module, folder: Path) -> None:
    """Raise BadInput for the first import that the pod would not have."""
    package = ".".join(file.relative_to(folder).parts[:-1])
    for line, name in _imports(tree, package):
        top = name.partition(".")[0]
        here = (folder / f"{top}.py").is_file() or (folder / top).is_dir()
        if here or top in sys.stdlib_module_names or in_the_pod(top, name):
            continue
        raise BadInput(
            f"load profile {file} line {line}: imports {name}, which the load's image does not hold: it has "
            f"{', '.join(_required())} and what they need, {ARRIVALS}, and files beside the profile"
            f"{_not_installed(folder)}"
        )


def in_the_pod(top: str, name: str) -> bool:
    """Whether the load's image holds the module ``name``, which is of the package ``top``."""
    if top == "slaharness":
        return f"{name}.".startswith(f"{ARRIVALS}.") or ARRIVALS.startswith(f"{name}.")
    return top in _required() or top in _in_the_image()  # to look through all packages takes a while


def _not_installed(folder: Path) -> str:
    there = (folder / "requirements.txt").is_file()
    return (
        "; requirements.txt beside it is not installed: the image is the same for all loads" if there else ""
    )


@cache
def _required() -> tuple[str, ...]:
    lines = (line.partition("#")[0].strip() for line in REQUIREMENTS.read_text().splitlines())
    return tuple(re.split(r"[=<>\[;~ ]", line)[0] for line in lines if line)


@cache
def _in_the_image() -> frozenset[str]:
    """Top-level modules of the image's packages, and of all that they need."""
    wanted, seen = list(_required()), set[str]()
    while wanted:
        name = re.sub(r"[-_.]+", "-", wanted.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            needs = metadata.requires(name) or ()
        except metadata.PackageNotFoundError:
            continue
        wanted += (re.split(r"[ =<>!\[;~(]", need)[0] for need in needs if "extra ==" not in need)
    provided = metadata.packages_distributions()
    return frozenset(
        module
        for module, owners in provided.items()
        if any(re.sub(r"[-_.]+", "-", owner).lower() in seen for owner in owners)
    )
