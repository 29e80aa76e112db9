"""Where scenarios, experiments, load profiles and the weather stack are: around the current folder."""

from pathlib import Path

from slaharness.errors import BadInput


def root() -> Path:
    """The current folder or its nearest parent that holds both ``pyproject.toml`` and ``scenarios/``.

    Raises BadInput when there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "pyproject.toml").is_file() and (folder / "scenarios").is_dir():
            return folder
    raise BadInput(
        f"no project here: neither {here} nor a parent of it holds pyproject.toml and scenarios/; "
        "change into the project's folder"
    )
