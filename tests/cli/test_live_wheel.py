"""The wheel alone, in an environment with nothing else of ours, is enough to begin."""

import json
import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

from slaharness.cli.init import PARTS, SETTINGS

REPOSITORY = Path(__file__).parents[2]


def test_the_wheel_takes_in_every_part_of_the_weather_project() -> None:
    """Under the names by which ``init`` looks for them."""
    hatch = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["hatch"]
    taken = hatch["build"]["targets"]["wheel"]["force-include"]
    assert taken == {
        part: f"slaharness/cli/templates/weather/{part}" for part in ("weather", *PARTS, SETTINGS)
    }


@pytest.mark.live
@pytest.mark.nightly
def test_an_empty_folder_and_the_wheel_give_both_projects(tmp_path: Path) -> None:
    """Every scenario of either is found by the installed command."""
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--wheel-dir", tmp_path, REPOSITORY], check=True)
    venv.create(tmp_path / "venv", with_pip=True)
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([tmp_path / "venv/bin/pip", "install", "--quiet", wheel], check=True)
    command = tmp_path / "venv/bin/slaharness"
    for name, options in (("shop", []), ("rain", ["--template", "weather"])):
        subprocess.run([command, "init", name, *options], cwd=tmp_path, env=env, check=True)
        listed = subprocess.run(
            [command, "list", "--json"], cwd=tmp_path / name, env=env, check=True, capture_output=True
        )
        assert json.loads(listed.stdout)
