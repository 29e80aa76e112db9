"""Where the user's files are looked for."""

import pytest

from slaharness.errors import BadInput
from slaharness.host import project


@pytest.fixture
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_project_is_found_from_any_of_its_folders(somewhere, monkeypatch):
    """One may stand anywhere inside the project."""
    (somewhere / "pyproject.toml").touch()
    (somewhere / "scenarios" / "deep").mkdir(parents=True)
    monkeypatch.chdir(somewhere / "scenarios" / "deep")
    assert project.root() == somewhere


def test_folder_without_scenarios_is_refused_with_what_to_do(somewhere):
    """Another project's pyproject.toml does not count."""
    (somewhere / "pyproject.toml").touch()
    with pytest.raises(BadInput, match="change into"):
        project.root()
