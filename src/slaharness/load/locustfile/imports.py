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
#: The one module of the harness that is in the pod.
ARRIVALS = "slaharness.load.arrivals"


def parsed(path: Path) -> ast.Module:
    """Raises BadInput when the file is not there or is not valid Python."""
    try:
        return ast.parse(path.read_bytes(), path)
    except OSError as error:
        raise BadInput(f"load profile {path}: {error.strerror}") from error
    except (SyntaxError, ValueError) as error:
        raise BadInput(f"load profile {path}: not valid Python: {error}") from error


def _imports(tree: ast.Module, package: str = "") -> Iterator[tuple[int, str]]:
    """Line and full name of each module that is imported, but for those that may be missing.

    ``package`` is the module's own, for what it imports relatively.
    """
    spared = {
        id(node)
        for each in ast.walk(tree)
        if isinstance(each, ast.Try) and each.handlers
        for part in each.body
        for node in ast.walk(part)
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
        if here or top in sys.stdlib_module_names or _in_the_pod(top, name):
            continue
        raise BadInput(
            f"load profile {file} line {line}: imports {name}, which the load's image does not hold: it has "
            f"{', '.join(_required())} and what they need, {ARRIVALS}, and files beside the profile"
            f"{_not_installed(folder)}"
        )


def _in_the_pod(top: str, name: str) -> bool:
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
