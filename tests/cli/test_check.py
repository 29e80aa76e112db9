"""``slaharness check``: what a project's files would be refused for, said before anything starts."""

import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from stacks import SHOP

from slaharness.cli import cli
from slaharness.cli.check import check
from slaharness.errors import BadInput
from slaharness.load import profile
from slaharness.load.source import LoadProfile

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
from slaharness import FAULT
@pytest.mark.scenario(load="steady", experiment="end-a-pod", name="a-pod-ends")
def test_it(run):
    assert run.meets("api-availability", over=FAULT)
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


#: What Locust has said of files without others beside them.
SAID: dict[tuple[Any, ...], Any] = {}


@pytest.fixture(autouse=True)
def asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locust is asked once for each content: to start it anew for the same file was most of these tests."""
    ask = profile._inspected

    def answer(profiles: Sequence[LoadProfile]) -> Any:
        files = tuple((one.path.name, one.path.read_bytes(), one.arguments, one.workers) for one in profiles)
        if files in SAID:
            return SAID[files]
        said = ask(profiles)
        if not any(isinstance(one, BadInput) for one in said) and not any(one.beside for one in profiles):
            SAID[files] = said  # a refusal names its file's folder
        return said

    monkeypatch.setattr(profile, "_inspected", answer)


def checked(*words: str) -> Result:
    for name in [name for name in sys.modules if name.startswith("test_") or name == "conftest"]:
        if "scenarios" in str(getattr(sys.modules[name], "__file__", "")):  # of the check before
            del sys.modules[name]
    return CliRunner().invoke(check, words)


def test_all_files_of_a_project_are_checked(project: Path) -> None:
    """Settings, scenario, experiment, load profile and objectives, without a cluster: nothing is refused."""
    done = checked()
    assert done.output == "5 checked, 0 refused\n"
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
    assert lines[-1] == "5 checked, 3 refused"
    assert done.exit_code == BadInput.exit_code


def test_files_are_named_by_path_name_or_scenario(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A scenario stands for all that it names; what nothing is called is refused."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "mine.yml"
    elsewhere.write_text(EXPERIMENT.format(module="chaosk8s.pod.actions"))
    assert checked("end-a-pod").output == "1 checked, 0 refused\n"
    assert checked("steady", "api-availability", str(elsewhere)).output == "3 checked, 0 refused\n"
    assert checked("a-pod-ends").output == checked("scenarios/test_it.py").output == "5 checked, 0 refused\n"
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
    (project / "scenarios/test_it.py").write_text(SCENARIO.replace('"end-a-pod"', "None"))
    assert checked().output == "4 checked, 0 refused\n"


def refused(*words: str) -> list[str]:
    """Its lines, without the last, which counts."""
    done = checked(*words)
    assert done.exit_code == BadInput.exit_code, done.output
    return done.output.splitlines()[:-1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('load="steady"', 'load="stedy"', "no load profile 'stedy' in .*; there are: steady .line 4."),
        ('"end-a-pod"', '"end-a-pot"', "no experiment 'end-a-pot' in .*; there are: end-a-pod .line 4."),
        ('name="a-pod-ends"', 'falt="30s"', r"no argument falt; it takes baseline, .* .line 4."),
        ('name="a-pod-ends"', 'fault="soon"', "fault: 'soon' is not a duration; .*line 4."),
        ('name="a-pod-ends"', 'fault="0s"', "fault: lasts 0s, in which nothing can be measured .line 4."),
        ('name="a-pod-ends"', 'name="../mine"', "'../mine' is no name of a folder .*line 4."),
        ('load="steady", experiment="end-a-pod"', '"steady", "end-a-pod"', "takes its arguments by name"),
        ("test_it(run)", "test_it()", "does not take `run`, so nothing would be run .line 4."),
        ('"api-availability"', '"typo"', "no objective 'typo' .line 6.; there are: api-availability"),
        ("run.meets", "run.met", "no check 'met' .line 6.; did you mean meets"),
        ("over=FAULT", "over=run.fault('end')", "no fault 'end' .line 6.; there are: end a pod"),
        ("over=FAULT", "ovr=FAULT", r"run.meets\(\): missing a required argument: 'over' .line 6.; it takes"),
        ("over=FAULT", "FAULT", r"run.meets\(\): too many positional arguments .line 6.; it takes"),
        (
            'run.meets("api-availability", over=FAULT)',
            "run.recovered(with_in='2m')",
            "'within' .line 6.; it tak",
        ),
    ],
)
def test_a_slip_in_a_scenario_is_told_by_check_and_by_list(
    project: Path, old: str, new: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """In one line with its test and its line in the file: not by the run of a night."""
    (project / "scenarios/test_it.py").write_text(SCENARIO.replace(old, new))
    (line,) = refused()
    assert re.fullmatch(f"scenarios/test_it.py::test_it: .*{said}.*", line)
    assert refused("scenarios/test_it.py") == [line]
    with suppress(BadInput):  # a marker that cannot be is no scenario to list
        cli(["list"], standalone_mode=False)
        assert re.search(said.partition(" .line")[0], capfd.readouterr().out)


@pytest.mark.parametrize(
    "body",
    [
        "if os.environ.get('MORE'): assert run.meets('typo', over=FAULT)",
        "with pytest.raises(Exception): run.meets('typo', over=FAULT)",
        "run = other(run); assert run.meets('typo', over=FAULT)",
        "name = 'typo'; assert run.meets(name, over=FAULT)",
        "with pytest.raises(Exception): run.met('typo')",
    ],
)
def test_what_a_body_may_ask_is_left_for_its_run(project: Path, body: str) -> None:
    """Only what it surely asks is told: a check that refuses what runs would be worse than none."""
    (project / "scenarios/test_it.py").write_text(
        SCENARIO.replace('assert run.meets("api-availability", over=FAULT)', body)
    )
    assert checked().exit_code == 0


def test_a_file_that_cannot_be_read_hides_no_other(project: Path) -> None:
    """Each broken file of tests is a line of its own, with its line; all else is checked as ever."""
    (project / "scenarios/test_a.py").write_text("def (")
    (project / "scenarios/test_b.py").write_text("import os\nimport nothere\n")
    (project / "scenarios/test_c.py").write_text("import sys\nsys.exit(0)\n")
    (project / "scenarios/test_it.py").write_text(SCENARIO.replace('"end-a-pod"', '"ghost"'))
    lines = refused()
    assert [line.partition(" cannot be read: ")[::2] for line in lines[:3]] == [
        ("scenarios/test_a.py", "SyntaxError: invalid syntax (line 1)"),
        ("scenarios/test_b.py", "ModuleNotFoundError: No module named 'nothere' (line 2)"),
        ("scenarios/test_c.py", "SystemExit: 0"),
    ]
    assert "no experiment 'ghost'" in lines[3]
    assert len(lines) == 4


@pytest.mark.parametrize(
    "ends", ["os._exit(0)", "os.execv('/bin/true', ['true'])", "os.execlp('true', 'true')"]
)
def test_a_file_that_ends_the_process_says_so(project: Path, ends: str) -> None:
    """Else a check, or a run, that nobody finished would end with 0."""
    (project / "scenarios/test_ends.py").write_text(f"import os\n{ends}\n")
    (line,) = refused()
    assert re.match(r"scenarios/test_ends.py cannot be read: SystemExit: os\.(_exit|execv)\(", line)


@pytest.mark.parametrize("ends", ["import os; os._exit(0)", "import sys; sys.exit(0)", "raise KeyError('a')"])
@pytest.mark.parametrize(
    "where", ["{}", "def pytest_configure(): {}", "def pytest_collection_modifyitems(): {}"]
)
def test_a_conftest_that_ends_the_process_says_so(project: Path, ends: str, where: str) -> None:
    """While it is read, and in a hook of pytest's, whose own frames nobody wants to read."""
    (project / "scenarios/conftest.py").write_text(where.format(ends))
    (line,) = refused()
    assert re.fullmatch(
        r"the scenarios cannot be collected: .*conftest\.py"
        r"( ends the process| cannot be read): (SystemExit: (0|os\._exit\(0\))|KeyError: 'a')",
        line,
    )


@pytest.mark.parametrize("ends", ["import os; os._exit(0)", "import sys; sys.exit(0)"])
def test_a_fault_or_a_stack_that_ends_the_process_says_so(project: Path, ends: str) -> None:
    """Code of the project that its settings name is read, too. (No other test has a module of that name.)"""
    (project / "last_words.py").write_text(ends)
    (project / "experiments/end-a-pod.yaml").write_text(EXPERIMENT.format(module="last_words"))
    (project / "slaharness.toml").write_text('[faults]\nmodules = ["last_words"]\n')
    (line,) = refused()
    assert "module: 'last_words' cannot be imported: SystemExit: " in line
    (project / "slaharness.toml").write_text('[stack]\nkind = "python"\nobject = "last_words:STACK"\n')
    assert any("last_words cannot be imported: SystemExit: " in line for line in refused())


def test_a_conftest_that_cannot_be_read_is_a_line(project: Path) -> None:
    """Not pytest's traceback."""
    (project / "scenarios/conftest.py").write_text("import nothere")
    (line,) = refused()
    assert line.startswith("the scenarios cannot be collected: ")
    assert line.endswith(
        "/scenarios/conftest.py cannot be read: ModuleNotFoundError: No module named 'nothere'"
    )


def test_two_scenarios_of_one_name_are_refused(project: Path) -> None:
    """Their records would lie in one folder, and the inputs of one would stand for both."""
    again = SCENARIO.replace("test_it", "test_again").replace('"steady"', '"steady", fault="1h"')
    (project / "scenarios/test_other.py").write_text(again)
    (line,) = refused()
    assert "scenarios/test_other.py::test_again: scenarios/test_it.py::test_it is another scenario" in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[scenarios]\ndefault = "ghost"', "scenarios.default: no scenario 'ghost'; there are: a-pod-ends"),
        ("[scenarois]", "scenarois: is not a known key"),
        ("[faults]\nprocesses = 1\nprocesses = 2", "overwrite"),
        ('[stack]\nkind = "python"\nobject = "own.stack:STACK"', "own.stack cannot be imported"),
    ],
)
def test_settings_that_cannot_be_are_told_once(project: Path, text: str, said: str) -> None:
    """Without them nothing can be run, and nothing else be said of scenarios and experiments."""
    (project / "slaharness.toml").write_text(text)
    (line,) = refused()
    assert line.startswith(f"{project}/slaharness.toml: ")
    assert said in line
    assert refused("slaharness.toml") == [line]


def test_an_experiment_keeps_to_the_stack_of_the_settings(project: Path) -> None:
    """What reaches into another namespace is refused without a cluster: a verdict would be about that one."""
    (project / "slaharness.toml").write_text(SHOP)
    (line,) = refused()
    assert "end-a-pod.yaml: method[0] reaches into namespace application, which is none of the stack" in line


def test_prices_are_checked_as_prices(project: Path) -> None:
    """By their name, not as an experiment."""
    (project / "scenarios/prices.yaml").write_text("currency: EUR\nvcpu-hour: x\n")
    assert ["vcpu-hour" in line for line in refused("scenarios/prices.yaml")] == [True]
    assert refused() == refused("scenarios/prices.yaml") or len(refused()) == 1


def test_a_project_without_objectives_could_judge_nothing(project: Path) -> None:
    """So a run would be refused, and so says the check."""
    (project / "scenarios/objectives/api-availability.yaml").unlink()
    assert ["no objectives here" in line for line in refused()] == [True]


def test_a_value_that_no_experiment_takes_is_refused(project: Path) -> None:
    """As by a run: what was meant to change would stay as it is."""
    assert checked("--var", "app=shop").exit_code == 0
    assert "no experiment has a variable of that name" in str(checked("--var", "ap=shop").exception)


def test_a_file_among_scenarios_that_holds_none_is_no_load_profile(project: Path) -> None:
    """Said as what it is."""
    (project / "scenarios/helpers.py").write_text("ANSWER = 42\n")
    assert ["holds no scenario" in line for line in refused("scenarios/helpers.py")] == [True]
