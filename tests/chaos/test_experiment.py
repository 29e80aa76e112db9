"""What is refused before a run, each with one line that names the file and the field."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from slaharness.chaos.allowed import Allowed
from slaharness.chaos.toolkit import check, check_targets
from slaharness.errors import BadInput

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
#: What these would be refused for before what they are here for.
ALLOWED = Allowed(modules=("pathlib", "builtins", "shutil", "chaosghost"), processes=True)
KILL = {"namespace": "persistence", "selector": "app=cassandra"}


@pytest.mark.parametrize("file", sorted(EXPERIMENTS.glob("*.yaml")), ids=lambda file: file.stem)
def test_our_own_experiments_pass(file: Path) -> None:
    """Each file that we ship can be called as written and says where it strikes."""
    found = check(file)
    assert found.name == file.stem
    assert found.namespaces
    places = {"application", "objectstore", "observability", "persistence", "security", "streaming"}
    assert set(found.namespaces) <= places


def test_what_our_own_experiments_name_is_in_the_stack() -> None:
    """A Job, CronJob or StatefulSet that nobody deploys would only be missed in the middle of a run."""
    kinds = {"jobs": "Job", "cronjobs": "CronJob", "statefulsets": "StatefulSet"}
    files = (EXPERIMENTS.parent / "weather/deploy/base").rglob("*.yaml")
    bodies = [body for file in files for body in yaml.safe_load_all(file.read_text()) if body]
    there = {(body["kind"], body["metadata"]["name"]) for body in bodies if "metadata" in body}
    named = {
        (kinds[one.kind], one.name)
        for file in EXPERIMENTS.glob("*.yaml")
        for one in check(file).targets
        if one.kind in kinds
    }
    assert ("Job", "schema") in named
    assert named <= there


def test_an_experiment_says_what_it_reaches_for(experiment: Callable[..., Path]) -> None:
    """The guard and the cluster's check learn namespaces and selectors from the file itself."""
    found = check(experiment())
    assert found.title == "t"
    assert found.namespaces == ("persistence",)
    assert str(found.targets[0]) == "pods app=cassandra in namespace persistence"


def python(**provider: Any) -> dict[str, Any]:
    arguments = {
        "module": "slaharness.faults.pods.kill_pods",
        "func": "kill_pods",
        "arguments": KILL,
        **provider,
    }
    return {"method": [{"type": "action", "name": "a", "provider": {"type": "python", **arguments}}]}


def arguments(**values: Any) -> dict[str, Any]:
    return python(arguments={**KILL, **values})


def chaosk8s(module: str, func: str, **values: Any) -> dict[str, Any]:
    return python(module=f"chaosk8s.{module}", func=func, arguments=values)


WRONG = {
    "no title": ({"title": None}, r"kill.yaml: title: Field required"),
    "empty title": ({"title": ""}, r"title: String should have at least 1"),
    "no method": ({"method": None}, r"method: Field required"),
    "no action": ({"method": []}, r"method: .*holds no action"),
    "misspelt key": ({"rollback": []}, r"rollback: Extra inputs are not permitted"),
    "misspelt part of an activity": (
        {
            "method": [
                {"type": "action", "name": "a", "provider": {"type": "http", "url": "http://x"}, "pause": 1}
            ]
        },
        r"method\[0\]\.pause: Extra inputs",
    ),
    "no name": ({"method": [{"type": "action", "provider": {}}]}, r"method\[0\]\.name: Field required"),
    "controls": ({"controls": [{"name": "c"}]}, r"controls: controls may change what is run"),
    "unknown ref": ({"method": [{"ref": "ghost"}]}, r"ref 'ghost' names no activity"),
    "unknown provider": (
        {"method": [{"type": "action", "name": "a", "provider": {"type": "magic"}}]},
        r"method\[0\]\.provider: .*'magic'",
    ),
    "unknown module": (
        python(module="chaosghost.pods"),
        r"method\[0\]\.provider\.module: 'chaosghost.pods' cannot",
    ),
    "unknown function": (
        python(func="kill_all"),
        r"provider\.func: slaharness.faults.pods.kill_pods has no function 'kill_all'",
    ),
    "a class for a function": (python(module="pathlib", func="Path"), r"has no function 'Path'"),
    "no signature": (python(module="builtins", func="getattr", arguments={}), r"provider\.func: .*signature"),
    "unknown argument": (arguments(grace=0), r"provider\.arguments: .*'grace'; it takes namespace, selector"),
    "missing argument": (
        python(arguments={"selector": "a=b"}),
        r"provider\.arguments: missing .*'namespace'",
    ),
    "wrong value": (arguments(count="most"), r"provider\.arguments\.count: 'most': "),
    "wrong type": (arguments(selector=7), r"provider\.arguments\.selector: 7: .*valid string"),
    "zero": (arguments(count=0), r"provider\.arguments\.count: 0: .*greater than or equal to 1"),
    "unnamed variable": (
        arguments(selector="app=${app}"),
        r"arguments\.selector: .*configuration is called 'app'",
    ),
    "no such environment": (
        {"configuration": {"app": {"type": "env", "key": "SLAHARNESS_NO_SUCH"}}},
        r"SLAHARNESS_NO_SUCH",
    ),
    "doubled scheme": (
        {
            "rollbacks": [
                {"type": "probe", "name": "p", "provider": {"type": "http", "url": "http://http://x/"}}
            ]
        },
        r"rollbacks\[0\]\.provider\.url: 'http://http://x/' is no usable address",
    ),
    "doubled scheme inside": (
        arguments(secrets={"host": "https://http://x"}),
        r"arguments\.secrets\.host: 'https://http://x' is no usable address",
    ),
    "not a program": (
        {"rollbacks": [{"type": "probe", "name": "p", "provider": {"type": "process", "path": "no-such"}}]},
        r"rollbacks\[0\]\.provider\.path: no program 'no-such'",
    ),
    "a program as action": (
        {"method": [{"type": "action", "name": "a", "provider": {"type": "process", "path": "sh"}}]},
        r"a process action cannot be kept to the allowed namespaces",
    ),
    "every StatefulSet": (
        chaosk8s("statefulset.actions", "remove_statefulset", ns="persistence"),
        r"without label_selector or name it would take all of the namespace",
    ),
    "anything at all": (
        python(module="shutil", func="rmtree", arguments={"path": "/tmp/x"}),
        r"rmtree reaches beyond namespaces",
    ),
    "a whole node": (
        chaosk8s("node.actions", "drain_nodes", name="n1"),
        r"drain_nodes reaches beyond namespaces",
    ),
    "probe without tolerance": (
        {
            "steady-state-hypothesis": {
                "title": "s",
                "probes": [{"type": "probe", "name": "p", "provider": {"type": "http", "url": "http://x"}}],
            }
        },
        r"steady-state-hypothesis\.probes: .*'p' must be a probe with a tolerance",
    ),
}


@pytest.mark.parametrize(("parts", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_run_is_refused(
    experiment: Callable[..., Path], parts: dict[str, Any], words: str
) -> None:
    """One line says which file, which field, and why."""
    with pytest.raises(BadInput, match=words) as caught:
        check(experiment(**parts), ALLOWED)
    assert "\n" not in str(caught.value)
    assert str(caught.value).count("kill.yaml") == 1


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("e.yaml", "title: [", r"e\.yaml: not yaml: .*line 1"),
        ("e.json", "{", r"e\.json: not json"),
        ("e.yaml", "- a", r"e\.yaml: an experiment is a mapping"),
        ("e.yaml", "", r"e\.yaml: an experiment is a mapping"),
        ("e.yaml", None, r"e\.yaml: cannot be read: No such file"),
    ],
)
def test_files_that_are_no_experiment(tmp_path: Path, name: str, text: str | None, words: str) -> None:
    """Malformed, empty, of another shape or not there: said so, with the line where there is one."""
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(BadInput, match=words):
        check(tmp_path / name)


def test_variables_are_filled_in_before_the_check(
    experiment: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file from elsewhere with configuration and environment is understood as Chaos Toolkit would."""
    monkeypatch.setenv("APP", "cassandra")
    configuration = {"app": {"type": "env", "key": "APP"}, "many": 2}
    parts = arguments(selector="app=${app}", count="${many}")
    assert check(experiment(configuration=configuration, **parts)).targets[0].selector == "app=cassandra"


def test_chaosk8s_actions_are_understood(experiment: Callable[..., Path]) -> None:
    """Experiments published elsewhere call the namespace ``ns`` and leave it to its default."""
    parts = chaosk8s("pod.actions", "terminate_pods", label_selector="app=x", grace_period=0)
    found = check(experiment(**parts))
    assert str(found.targets[0]) == "pods app=x in namespace default"


def test_references_stand_for_what_they_name(
    experiment: Callable[..., Path], activity: SimpleNamespace
) -> None:
    """A ``ref`` is checked like the activity that it refers to."""
    found = check(experiment(method=[activity.kill()], rollbacks=[{"ref": "kill"}]))
    assert [one.place for one in found.targets] == ["method[0]", "rollbacks[0]"]


def test_selectors_must_match_live_objects(
    experiment: Callable[..., Path], cluster: Any, activity: SimpleNamespace
) -> None:
    """A selector that nothing answers to, or only pods that do not run, is told before the load starts."""
    cluster.pod("persistence", "slow", running=False, app="slow")
    kills = [activity.kill(selector=f"app={app}") for app in ("cassandra", "ghost", "slow")]
    assert check_targets(check(experiment(method=kills)), cluster.info.api()) == [
        "method[1]: pods app=ghost in namespace persistence matches no live object",
        "method[2]: pods app=slow in namespace persistence matches no live object",
    ]


def test_service_that_sleeps_may_be_struck_once_it_wakes(
    experiment: Callable[..., Path], cluster: Any, activity: SimpleNamespace
) -> None:
    """None of its pods runs before somebody wants something of it; where one should run, that is told."""
    cluster.deployment("persistence", "sleeper", replicas=0, app="sleeper")
    cluster.deployment("persistence", "ill", replicas=1, app="ill")
    kills = [activity.kill(selector=f"app={app}") for app in ("sleeper", "ill")]
    assert check_targets(check(experiment(method=kills)), cluster.info.api()) == [
        "method[1]: pods app=ill in namespace persistence matches no live object",
    ]
