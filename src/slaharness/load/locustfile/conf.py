"""Locust's own settings file beside a locustfile, ``locust.conf``: read as arguments, as Locust would."""

import re
from pathlib import Path

from slaharness.errors import BadInput
from slaharness.host import toml

#: What Locust reads in its working folder, whatever the locustfile says; it stays here.
FILES = ("locust.conf", "pyproject.toml")
#: ``name = value``, ``name: value`` or ``name value``, as Locust reads them, with a remark after a space.
LINE = re.compile(r"(?P<name>[^:=;#\s]+)\s*(?:[:=\s]\s*(?P<value>.*?))?(?:\s+[;#].*)?")
#: Where else people keep them.
TABLE = "locust"


def arguments(folder: Path) -> list[list[str]]:
    """Each line ``name = value`` as an argument with its value. Raises BadInput for what is neither."""
    _no_table(folder / FILES[1])
    file = folder / FILES[0]
    if not file.is_file():
        return []
    try:
        lines = [line.strip() for line in file.read_text().splitlines()]
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: cannot be read: {error}") from error
    return [
        _argument(file, number, line) for number, line in enumerate(lines, 1) if line and line[0] not in "#;["
    ]


def _no_table(file: Path) -> None:
    """Raise BadInput for settings where they are not read."""
    found = toml.read(file).get("tool") if file.is_file() else None
    if isinstance(found, dict) and TABLE in found:
        raise BadInput(f"{file}: [tool.{TABLE}] is not read here; write it in {FILES[0]} beside it")


def _argument(file: Path, number: int, line: str) -> list[str]:
    if not (found := LINE.fullmatch(line)):
        raise BadInput(f"{file} line {number}: {line!r} is not `name = value`")
    name, value = found["name"], found["value"]
    if value and value.lower() == "false":
        return []
    flag = f"--{name.lstrip('-')}"
    if value is None or value.lower() == "true":
        return [flag]
    words = value.strip("[]").replace(",", " ").split() if value.startswith("[") else [value.strip("\"'")]
    return [flag, *words]
