"""``slaharness check``: what a project's files would be refused for, said before anything starts."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from slaharness.cli.check import check
from slaharness.errors import BadInput

EXPERIMENT = """
title: t
description: d
configuration: {{app: web}}
method:
- type: action
  name: end a pod
  provider:
    type: python
    module: {module}
    func: terminate_pods
    arguments: {{label_selector: "app=${{app}}", ns: application}}
"""
PROFILE = "from slaharness.load.arrivals import Arrivals\nclass A(Arrivals): tasks = [print]\n"
OBJECTIVE = (Path(__file__).parents[2] / "scenarios/objectives/api-availability.yaml").read_text()
SCENARIO = """
import pytest
@pytest.mark.scenario(load="steady", experiment="end-a-pod", name="a-pod-ends")
def test_it(run): ...
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one file of each kind, all of them good."""
    for folder in ("experiments", "loadprofiles", "scenarios/objectives"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\nmarkers = ["scenario"]\n')
    (tmp_path / "experiments/end-a-pod.yaml").write_text(EXPERIMENT.format(module="chaosk8s.pod.actions"))
    (tmp_path / "loadprofiles/steady.py").write_text(PROFILE)
    (tmp_path / "scenarios/objectives/api-availability.yaml").write_text(OBJECTIVE)
    (tmp_path / "scenarios/test_it.py").write_text(SCENARIO)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(*words: str) -> Result:
    return CliRunner().invoke(check, words)


def test_all_files_of_a_project_are_checked(project: Path) -> None:
    """Experiments, load profiles, objectives and prices, without a cluster: nothing is refused."""
    done = checked()
    assert done.output == "4 checked, 0 refused\n"
    assert done.exit_code == 0


def test_each_refusal_is_a_line_with_file_field_and_line(project: Path) -> None:
    """All of them, not only the first, and exit code 4."""
    (project / "experiments/end-a-pod.yaml").write_text(EXPERIMENT.format(module="os"))
    (project / "loadprofiles/steady.py").write_text("import locust\n")
    (project / "scenarios/objectives/api-availability.yaml").write_text("apiVersion: openslo/v1\nkind: X\n")
    done = checked()
    lines = done.output.splitlines()
    assert len(lines) == 4
    assert any("end-a-pod.yaml: method[0].provider.module: 'os' is not allowed" in line for line in lines)
    assert any("(line 10)" in line for line in lines)
    assert any("steady.py" in line and "no user class" in line for line in lines)
    assert lines[-1] == "4 checked, 3 refused"
    assert done.exit_code == BadInput.exit_code


def test_files_are_named_by_path_name_or_scenario(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A scenario stands for its experiment and its load; what nothing is called is refused."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "mine.yml"
    elsewhere.write_text(EXPERIMENT.format(module="chaosk8s.pod.actions"))
    assert checked("end-a-pod").output == "1 checked, 0 refused\n"
    assert checked("steady", "api-availability", str(elsewhere)).output == "3 checked, 0 refused\n"
    assert checked("a-pod-ends").output == "2 checked, 0 refused\n"
    assert isinstance(checked("ghost").exception, BadInput)


def test_values_of_the_command_line_are_checked_with_the_file(project: Path) -> None:
    """A selector that they leave out of the question is refused here, as it would be by ``run``."""
    text = EXPERIMENT.format(module="chaosk8s.pod.actions").replace("app=${app}", "${app}")
    (project / "experiments/end-a-pod.yaml").write_text(text)
    assert checked("end-a-pod", "--var", "app=app=web").exit_code == 0
    assert "without label_selector" in checked("end-a-pod", "--var", "app=").output


def test_settings_of_the_project_allow_its_modules(project: Path) -> None:
    """``[faults] modules`` in its settings: read by the check as by the run."""
    (project / "mine.py").write_text(
        "from slaharness.faults import fault\n"
        "@fault(rights={'pods': 'delete'})\n"
        "def terminate_pods(*, label_selector: str, ns: str) -> None: ...\n"
    )
    (project / "experiments/end-a-pod.yaml").write_text(EXPERIMENT.format(module="mine"))
    assert "'mine' is not allowed" in checked("end-a-pod").output
    (project / "slaharness.toml").write_text('[faults]\nmodules = ["mine"]\n')
    assert checked("end-a-pod").output == "1 checked, 0 refused\n"


def test_a_file_outside_of_any_project_is_checked(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what every project may use."""
    monkeypatch.chdir(tmp_path_factory.mktemp("nowhere"))
    assert checked(str(project / "experiments/end-a-pod.yaml")).output == "1 checked, 0 refused\n"


def test_what_a_profile_means_to_its_latency_is_said(project: Path) -> None:
    """Users who wait for their answers ask less the slower those come: the check tells, before a run does."""
    (project / "loadprofiles/steady.py").write_text(
        "from locust import HttpUser\nclass A(HttpUser): tasks = [print]\n"
    )
    done = checked("steady")
    assert "closed-loop: A wait for their answers, 1 user; a line LOCUST = " in done.output
    assert done.exit_code == 0


def test_what_is_no_file_is_said_and_what_is_not_there_is_not_missed(project: Path) -> None:
    """A folder called like an experiment, a link to nowhere; a project without any experiment."""
    (project / "experiments/end-a-pod.yaml").unlink()
    (project / "experiments/folder.yaml").mkdir()
    (project / "experiments/link.yaml").symlink_to("nowhere")
    done = checked()
    assert done.exit_code == BadInput.exit_code
    assert "folder.yaml: cannot be read: Is a directory" in done.output
    assert "link.yaml: cannot be read: No such file or directory" in done.output
    for file in (project / "experiments/folder.yaml").rmdir, (project / "experiments/link.yaml").unlink:
        file()
    (project / "experiments").rmdir()
    assert checked().output == "3 checked, 0 refused\n"
