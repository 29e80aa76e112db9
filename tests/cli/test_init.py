"""``slaharness init``: what it writes can be run as it stands."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from slaharness.cli import cli
from slaharness.cli.init import PARTS
from slaharness.errors import BadInput
from slaharness.model import Asked, Scenario
from slaharness.settings import inputs
from slaharness.settings import read as settings

REPOSITORY = Path(__file__).parents[2]


def written(folder: Path, *words: str) -> Path:
    cli(["init", str(folder), *words], standalone_mode=False)
    return folder


def listed(folder: Path) -> list[dict[str, str]]:
    """What ``slaharness list`` says there, in a process of its own."""
    words = [sys.executable, "-m", "slaharness", "list", "--json"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def test_a_new_project_has_one_scenario_whose_inputs_are_all_sound(tmp_path: Path) -> None:
    """Load profile, experiment and both objectives pass the checks that come before a run."""
    folder = written(tmp_path / "shop")
    (scenario,) = listed(folder)
    assert scenario["name"] == "lose-one-pod"
    assert scenario.pop("refused") == ""
    read = inputs.Files(settings.load(folder)).read({Scenario(**scenario): Asked()})["lose-one-pod"]
    assert set(read.objectives) == {"availability", "latency"}
    assert read.experiment.namespaces == ("shop",)
    assert read.load == folder / "loadprofiles/steady.py"
    stack = settings.load(folder).stack
    assert (stack.name, stack.namespaces, stack.profile("core")) == ("shop", ("shop",), None)
    assert stack.prometheus is not None


def test_what_was_said_of_the_application_stands_in_the_project(tmp_path: Path) -> None:
    """In the settings and in the fault alike; no word of the template is left."""
    folder = written(
        tmp_path / "shop", "--app", "http://web.prod.svc:8080/", "--namespace", "prod",
        "--prometheus", "https://metrics.example.org/prometheus", "--selector", "app=web,tier=front",
    )  # fmt: skip
    settings = (folder / "slaharness.toml").read_text()
    assert 'namespaces = ["prod"]' in settings
    assert 'host = "http://web.prod.svc:8080"' in settings
    assert 'url = "https://metrics.example.org/prometheus"' in settings
    experiment = (folder / "experiments/lose-one-pod.yaml").read_text()
    assert experiment.count("selector: app=web,tier=front") == experiment.count("namespace: prod") == 2
    texts = [file.read_text() for file in folder.rglob("*") if file.is_file()]
    assert not [text for text in texts if "{{" in text]


def test_reports_of_a_new_project_stay_out_of_git(tmp_path: Path) -> None:
    """A record is megabytes."""
    assert "reports/" in (written(tmp_path / "shop") / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--app", "shop.example.org"], r"--app 'shop.example.org': expected a URL"),
        (["--app", "http://shop:port"], "--app 'http://shop:port': expected a URL"),
        (["--app", 'http://a"b'], "expected a URL"),
        (["--prometheus", "ftp://a"], "--prometheus 'ftp://a': expected a URL"),
        (["--namespace", "My Shop"], "--namespace 'My Shop': expected a name"),
        (["--selector", "web"], "--selector 'web': expected LABEL=VALUE"),
        (["--template", "weather", "--app", "http://a"], "--app: only for a project about an existing"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    tmp_path: Path, words: list[str], message: str
) -> None:
    """In one line that names the option."""
    with pytest.raises(BadInput, match=message):
        written(tmp_path / "shop", *words)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    """No file of anyone's is overwritten."""
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(BadInput, match="there is something in it already"):
        written(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes"]


def test_the_weather_project_has_every_scenario_of_this_one(tmp_path: Path) -> None:
    """With the stack that they are about."""
    folder = written(tmp_path / "weather", "--template", "weather")
    assert listed(folder) == listed(REPOSITORY)
    assert settings.load(folder).settings == settings.load(REPOSITORY).settings
    for part in ("weather", *PARTS):
        theirs = {file.relative_to(folder) for file in (folder / part).rglob("*") if file.is_file()}
        assert theirs == {
            file.relative_to(REPOSITORY)
            for file in (REPOSITORY / part).rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        }
