"""Locust's own settings file beside a locustfile, ``locust.conf``: read as arguments, as Locust would."""

from pathlib import Path

from slaharness.errors import BadInput

#: What Locust reads in its working folder, whatever the locustfile says; it stays here.
FILES = ("locust.conf", "pyproject.toml")


def arguments(folder: Path) -> list[list[str]]:
    """Each line ``name = value`` as an argument with its value. Raises BadInput for what is neither."""
    file = folder / FILES[0]
    if not file.is_file():
        return []
    try:
        lines = [line.partition("#")[0].strip() for line in file.read_text().splitlines()]
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: cannot be read: {error}") from error
    return [
        _argument(file, number, line) for number, line in enumerate(lines, 1) if line and line[0] not in ";["
    ]


def _argument(file: Path, number: int, line: str) -> list[str]:
    name, equals, value = (part.strip() for part in line.partition("="))
    if not name or " " in name:
        raise BadInput(f"{file} line {number}: {line!r} is not `name = value`")
    if value.lower() == "false":
        return []
    flag = f"--{name.lstrip('-')}"
    if not equals or value.lower() == "true":
        return [flag]
    words = value.strip("[]").replace(",", " ").split() if value.startswith("[") else [value.strip("\"'")]
    return [flag, *words]
