"""A locustfile read, not run: what it brings along, and what of it could not run in the load's pod.

The pod holds the image's packages, this file, what it imports from beside it and the data files beside it;
nothing else of the machine that it was written on.
"""

import ast
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from slaharness.errors import BadInput
from slaharness.load.locustfile import conf, imports, loops

#: Files of the harness that lie beside the profile in the pod.
TAKEN_NAMES = ("recorder.py", "slaharness/__init__.py")
#: Bytes that a ConfigMap may hold, less what it says of itself.
ROOM = 900_000
#: Locust's options that the harness sets itself, and those that make other processes.
TAKEN = re.compile(
    r"(--locustfile|-f|--host|-H|--headless|--run-time|-t|--stop-timeout|-s|--autostart|--autoquit|--config"
    r"|--web-\w+|-P|--list|-l|--csv\S*|--html|--json\S*|--only-summary|--logfile|--help|--version"
    r"|--show-task-ratio\S*)(=.*)?|-[fHtsPlhV]\S*"
)
#: Beginnings of these are those options, too.
LONG = (
    "--locustfile", "--host", "--headless", "--run-time", "--stop-timeout", "--autostart", "--autoquit",
    "--config", "--web-host", "--list", "--csv", "--html", "--json", "--only-summary", "--logfile", "--help",
    "--version", "--show-task-ratio",
)  # fmt: skip
SPREADING = ("--processes", "--master", "--worker", "--expect-workers")
SPREAD = re.compile(r"(--processes|--master\S*|--worker\S*|--expect-workers\S*)(=.*)?")


@dataclass(frozen=True)
class LoadProfile:
    """A locustfile with all that its pod needs.

    ``workers`` are how many pods share its load; ``arguments`` are Locust's own, as its line
    ``LOCUST = "--users 100"`` says; ``beside`` are the files in its folder that travel with it; ``closed``
    names its user classes that wait for their answers.
    """

    path: Path
    workers: int = 1
    arguments: tuple[str, ...] = ()
    beside: tuple[Path, ...] = ()
    closed: tuple[str, ...] = ()
    shaped: bool = False

    @property
    def users(self) -> int | None:
        """How many users its arguments ask for; None when they do not say."""
        found = re.findall(r"(?:--users[= ]|(?:^| )-u ?)(\d+)", " ".join(self.arguments))
        return int(found[-1]) if found else None

    @property
    def note(self) -> str:
        """What whoever judges it has to know; "" for an open-loop load."""
        if not self.closed:
            return ""
        many = self.users or self.workers  # each worker begins with one
        users = (
            "as many users as its shape says" if self.shaped else "1 user" if many == 1 else f"{many} users"
        )
        more = (
            ""
            if self.users or self.shaped
            else '; a line LOCUST = "--users 100 --spawn-rate 10" asks for more'
        )
        return f"closed-loop: {', '.join(self.closed)} wait for their answers, {users}{more}"


def read(path: Path) -> LoadProfile:
    """Raises BadInput, with file and line, for what is not valid Python or could not run in the pod."""
    tree = imports.parsed(path)
    modules = tuple(imports.beside(path, tree, {}))
    trees = {path: tree, **{each: imports.parsed(each) for each in modules}}
    for file, each in trees.items():
        imports.importable(file, each, path.parent)
    classes = [node for each in trees.values() for node in ast.walk(each) if isinstance(node, ast.ClassDef)]
    if any(each.relative_to(path.parent).as_posix() in TAKEN_NAMES for each in trees):
        raise BadInput(
            f"load profile {path}: {', '.join(TAKEN_NAMES)} are the harness's own files in the pod"
        )
    data = _data(path, trees, _size([*trees]))
    return LoadProfile(
        path,
        workers=workers(path, tree),
        arguments=_arguments(path, tree),
        beside=(*modules, *data),
        closed=loops.closed(classes, trees.values()),
        shaped=any(loops.named(base).endswith("Shape") for one in classes for base in one.bases),
    )


def workers(path: Path, tree: ast.Module) -> int:
    """How many processes share the profile's load: one, or what its line ``WORKERS = …`` says."""
    wanted = _constant(tree, "WORKERS", 1)
    if not isinstance(wanted, int) or isinstance(wanted, bool) or wanted < 1:
        raise BadInput(
            f"load profile {path}: WORKERS is how many processes share the load: a number from 1, as such"
        )
    return wanted


def _arguments(path: Path, tree: ast.Module) -> tuple[str, ...]:
    """Of a ``locust.conf`` beside it, but for what the harness says itself, and of its own line."""
    said = []
    for one in conf.arguments(path.parent):
        if one and SPREAD.fullmatch(one[0]):
            raise BadInput(
                f"{path.parent / conf.FILES[0]}: {one[0].lstrip('-')}: a line WORKERS = … in the profile "
                "says how many processes"
            )
        said += [] if one and TAKEN.fullmatch(one[0]) else one
    return (*said, *_own_arguments(path, tree))


def _own_arguments(path: Path, tree: ast.Module) -> tuple[str, ...]:
    said = _constant(tree, "LOCUST", "")
    if not isinstance(said, str):
        raise BadInput(f'load profile {path}: LOCUST is a text of Locust\'s own arguments, as "--users 100"')
    try:
        found = tuple(shlex.split(said))
    except ValueError as error:
        raise BadInput(f"load profile {path}: LOCUST is no line of arguments: {error}") from error
    for one in found:
        if SPREAD.fullmatch(one) or _begins(one, SPREADING):
            raise BadInput(f"load profile {path}: LOCUST: {one}: a line WORKERS = … says how many processes")
        if TAKEN.fullmatch(one) or _begins(one, LONG):
            raise BadInput(f"load profile {path}: LOCUST: {one} is the harness's own to say")
    return found


def _begins(word: str, options: Sequence[str]) -> bool:
    """Whether Locust would take the word for one of those options."""
    name = word.partition("=")[0]
    return len(name) > len("--") and name.startswith("--") and any(one.startswith(name) for one in options)


def _constant(tree: ast.Module, name: str, default: object) -> object:
    """What the module's own lines give the name; None when that cannot be told without running it."""
    found = default
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                pairs = [pair for target in targets for pair in _pairs(target, value)]
            case ast.AnnAssign(target=ast.Name(id=target), value=value):
                pairs = [(target, value)]
            case ast.AugAssign(target=ast.Name(id=target)):
                pairs = [(target, None)]
            case _:
                continue
        for target, value in pairs:
            if target == name:
                found = value.value if isinstance(value, ast.Constant) else None
    return found


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr | None]]:
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case (
            (ast.Tuple(elts=names) | ast.List(elts=names)),
            (ast.Tuple(elts=values) | ast.List(elts=values)),
        ):
            if len(names) == len(values):
                for one, other in zip(names, values, strict=True):
                    yield from _pairs(one, other)
        case ((ast.Tuple(elts=names) | ast.List(elts=names)), _):
            yield from ((one.id, None) for one in names if isinstance(one, ast.Name))


def _data(path: Path, trees: dict[Path, ast.Module], code: int) -> list[Path]:
    """Files beside it that are no code: all, or where they are too many those that it names.

    Raises BadInput when a ConfigMap cannot hold those.
    """
    there = [
        each
        for each in sorted(path.parent.rglob("*"))
        if each.is_file()
        and each.suffix not in {".py", ".pyc"}
        and each.name not in conf.FILES
        and not _hidden(each.relative_to(path.parent))
    ]
    text = "\n".join(each.read_text(errors="replace") for each in trees)
    named = [each for each in there if each.name in text]
    if code + _size(there) <= ROOM:
        return there
    if code + _size(named) > ROOM:
        raise BadInput(
            f"load profile {path}: it and the files that it names have {code + _size(named):,} bytes; "
            f"a ConfigMap takes {ROOM:,} to the pod"
        )
    return named


def _size(files: list[Path]) -> int:
    """As base64, which is how a ConfigMap holds them."""
    return sum(each.stat().st_size for each in files) * 4 // 3


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "__")) for part in path.parts)
