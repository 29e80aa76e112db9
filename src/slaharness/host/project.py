"""Where scenarios, experiments, load profiles and settings are: around the current folder."""

from pathlib import Path

from slaharness.errors import BadInput

#: One of them is in a project's folder, beside ``scenarios/``.
SETTINGS = ("slaharness.toml", "pyproject.toml")


def root() -> Path:
    """The current folder or its nearest parent that holds settings and ``scenarios/``.

    Raises BadInput when there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "scenarios").is_dir() and any((folder / name).is_file() for name in SETTINGS):
            return folder
    raise BadInput(
        f"no project here: neither {here} nor a parent of it holds {' or '.join(SETTINGS)} and scenarios/; "
        "change into the project's folder, or write one with `slaharness init DIR`"
    )
