"""TOML files of people: what cannot be read is one line that names the file."""

import tomllib
from pathlib import Path
from typing import Any

from slaharness.errors import BadInput


def read(file: Path) -> dict[str, Any]:
    """What ``file`` says. Raises BadInput for what is no TOML, or no text at all."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadInput(f"{file}: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise BadInput(f"{file}: is nested too deeply to be read") from error
