"""Experiments as people write them: each runs as Chaos Toolkit would, or is refused in one true line."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import chaoslib.hypothesis
import pytest
import yaml

from slaharness.chaos.allowed import Allowed
from slaharness.chaos.format.source import find
from slaharness.chaos.format.variables import Given, given
from slaharness.chaos.toolkit import check
from slaharness.errors import BadInput

Write = Callable[..., Path]
URL = "http://127.0.0.1:9/"


def chaosk8s(role: str, function: str, /, **arguments: Any) -> dict[str, Any]:
    module, _, func = function.rpartition(".")
    provider = {"type": "python", "module": f"chaosk8s.{module}", "func": func, "arguments": arguments}
    return {"type": role, "name": "n", "provider": provider}


END = chaosk8s("action", "pod.actions.terminate_pods", label_selector="app=web", ns="application")


def http(**fields: Any) -> dict[str, Any]:
    return {"type": "probe", "name": "front", "provider": {"type": "http", "url": URL, **fields}}


def hypothesis(tolerance: Any, probe: dict[str, Any] | None = None) -> dict[str, Any]:
    asked = {**(probe or http()), "tolerance": tolerance}
    return {"method": [END], "steady-state-hypothesis": {"title": "s", "probes": [asked]}}


def method(*activities: Any, **more: Any) -> dict[str, Any]:
    return {"method": [END, *activities], **more}


COUNT = chaosk8s("probe", "pod.probes.count_pods", label_selector="app=web", ns="application")
ENV = {"type": "env", "key": "APP"}


def end(**arguments: Any) -> dict[str, Any]:
    found = {"label_selector": "app=web", "ns": "application", **arguments}
    return {"method": [chaosk8s("action", "pod.actions.terminate_pods", **found)]}


WRONG = {
    "a pause with a unit": (
        {"method": [{**END, "pauses": {"after": "5s"}}]},
        r"method\[0\]\.pauses\.after: '5s' is no number of seconds; write one, like 5",
    ),
    "a pause without end": (
        {"method": [{**END, "pauses": {"before": float("inf")}}]},
        r"pauses\.before: inf is no number of seconds",
    ),
    "a pause without end from a variable": (
        {"method": [{**END, "pauses": {"before": "${p}"}}], "configuration": {"p": float("inf")}},
        r"pauses\.before: inf is no number of seconds",
    ),
    "no time for an answer": (
        method(http(timeout=0)),
        r"provider\.timeout: 0 seconds leave no time for an answer",
    ),
    "no time to connect": (method(http(timeout=[0, 5])), r"provider\.timeout: 0 seconds leave no time"),
    "a status that there is not": (hypothesis(999), r"tolerance: no answer of http has the status 999"),
    "an answer among none": (hypothesis([]), r"tolerance: is an empty list, which no answer is in"),
    "a mode of another tool": (end(mode="percent"), r"arguments\.mode: 'percent' is neither fixed nor perc"),
    "none of the pods": (end(qty=0), r"arguments\.qty: 0 would take nothing"),
    "fewer than none": (end(qty=-1), r"arguments\.qty: -1 is less than nothing"),
    "a broken pattern of names": (end(name_pattern="["), r"arguments\.name_pattern: '\[' is no regular expr"),
    "all namespaces": (end(ns="*"), r"arguments\.ns: '\*' is no name of a namespace"),
    "a selector in words": (end(label_selector="app in web"), r"'app in web' is no label selector"),
    "a field that Chaos Toolkit would ignore": (
        method(http(expected_status=201)),
        r"method\[1\]\.provider\.expected_status: .*knows no such field",
    ),
    "a timeout beside the provider": (
        method({**http(), "timeout": 3}),
        r"method\[1\]\.timeout: .*no such field",
    ),
    "dry": (method(dry="activities"), r"dry: .*no such field"),
    "controls": (method(controls=[{"name": "c"}]), r"controls: controls may change what is run"),
    "controls of an activity": (
        method({**COUNT, "controls": []}),
        r"method\[1\]\.controls: controls may change",
    ),
    "a float as tolerance": (hypothesis(0.5), r"probes\[0\]\.tolerance: .*must either be an integer"),
    "none as tolerance": (hypothesis(None), r"probes\[0\]\.tolerance: .*must either be"),
    "an unknown tolerance": (hypothesis({"type": "percent"}), r"tolerance type 'percent' is unsupported"),
    "a range of one": (
        hypothesis({"type": "range", "target": "status", "range": [1]}),
        r"made of two values",
    ),
    "a range of nothing": (
        hypothesis({"type": "range", "target": "status", "range": [9, 1]}),
        r"tolerance\.range: nothing lies between 9 and 1",
    ),
    "a broken pattern": (hypothesis({"type": "regex", "target": "body", "pattern": "("}), r"seems invalid"),
    "a pattern of no text": (hypothesis({"type": "regex", "target": "body", "pattern": 5}), r"invalid type"),
    "a pattern of a mapping": (
        hypothesis({"type": "regex", "pattern": "ok"}),
        r"tolerance\.target: of the answer of http, a regex reads body, not None",
    ),
    "a pattern for a number": (
        hypothesis({"type": "regex", "target": "status", "pattern": "^2"}),
        r"tolerance\.target: of the answer of http, a regex reads body, not 'status'",
    ),
    "a range of headers": (
        hypothesis({"type": "range", "target": "headers", "range": [1, 2]}),
        r"a range reads status or body, not 'headers'",
    ),
    "an expectation that is not looked at": (
        hypothesis({"type": "jsonpath", "target": "body", "path": "$.a", "expected": "UP"}),
        r"tolerance\.expected: Chaos Toolkit would ignore it here; it reads count, expect, path",
    ),
    "a count in words": (
        hypothesis({"type": "jsonpath", "target": "body", "path": "$.a", "count": "3"}),
        r"tolerance\.count: '3' is no number",
    ),
    "a variable for a count": (
        {**hypothesis({"type": "jsonpath", "path": "$.a", "count": "${n}"}), "configuration": {"n": 3}},
        r"tolerance\.count: Chaos Toolkit fills no variables into this field",
    ),
    "a broken pattern from a variable": (
        {**hypothesis({"type": "regex", "target": "body", "pattern": "${p}"}), "configuration": {"p": "("}},
        r"tolerance: .*pattern \( seems invalid",
    ),
    "a number as pattern from a variable": (
        {**hypothesis({"type": "regex", "target": "body", "pattern": "${p}"}), "configuration": {"p": 4}},
        r"tolerance: .*has an invalid type",
    ),
    "bounds the wrong way round": (hypothesis([5, 2], COUNT), r"tolerance: nothing lies between 5 and 2"),
    "bounds of two kinds": (
        hypothesis(["two", 5], COUNT),
        r"tolerance: are two bounds that cannot be compar",
    ),
    "statuses as texts": (hypothesis([200, "204"]), r"never equals '204'; give a status"),
    "a tolerance that has no place for the answer": (
        hypothesis({"type": "probe", "name": "t", "provider": {"type": "http", "url": URL}}),
        r"tolerance\.provider\.arguments: is a mapping, into which .*write \{value: null\}",
    ),
    "a part that no answer has": (
        hypothesis({"type": "regex", "target": "stdout", "pattern": "ok"}),
        r"tolerance\.target: of the answer of http, a regex reads body, not 'stdout'",
    ),
    "a path of no text": (hypothesis({"type": "jsonpath", "path": 5}), r"tolerance: cannot be used"),
    "a status as text": (hypothesis("200"), r"never equals '200'; give a status"),
    "yes for a status": (hypothesis(tolerance=True), r"never equals True"),
    "a tolerance that asks a stranger": (
        hypothesis(
            {
                "type": "probe",
                "name": "t",
                "provider": {"type": "python", "module": "os", "func": "mkdir", "arguments": {"path": "x"}},
            }
        ),
        r"probes\[0\]\.tolerance\.provider\.module: 'os' is not allowed",
    ),
    "a tolerance in the method": (
        method({**COUNT, "tolerance": 3}),
        r"method\[1\]\.tolerance: outside the hypothesis",
    ),
    "a variable in a module": (
        method(
            {**COUNT, "provider": {**COUNT["provider"], "module": "${m}"}},
            configuration={"m": "chaosk8s.pod.probes"},
        ),
        r"method\[1\]\.provider\.module: Chaos Toolkit fills no variables into",
    ),
    "a variable in a method": (
        method(http(method="${m}"), configuration={"m": "GET"}),
        r"provider\.method: Chaos Toolkit fills no",
    ),
    "a variable nobody named, in an address": (
        method(http(url="http://${host}/")),
        r"url: nothing in the configuration is called 'host'",
    ),
    "a variable nobody named, in a header": (
        method(http(headers={"A": "${b-c}"})),
        r"headers\.A: nothing .* called 'b-c'",
    ),
    "a variable nobody named, in a tolerance": (
        hypothesis("${many}", COUNT),
        r"tolerance: nothing .* called 'many'",
    ),
    "a variable in a variable": (
        method(http(url="${url}"), configuration={"url": "http://${host}/", "host": "h"}),
        r"\$\{host\} stands in the value of a variable",
    ),
    "a pause of text": (method({**COUNT, "pauses": {"before": "soon"}}), r"pauses\.before"),
    "a pause filled with text": (
        method({**COUNT, "pauses": {"before": "${p}"}}, configuration={"p": "soon"}),
        r"pauses\.before: 'soon' is no number of seconds",
    ),
    "a pause back in time": (method({**COUNT, "pauses": {"after": -1}}), r"pauses\.after"),
    "a template's host": (method(http(url="http://<address of the front>/")), r"is no usable address"),
    "another template's host": (method(http(url="http://YOUR_HOST/")), r"is no usable address"),
    "a header of no text": (method(http(headers={"X-Count": 3})), r"headers\.X-Count: 3 is no text"),
    "no key for the environment": (
        method(configuration={"n": {"type": "env"}}),
        r"configuration\.n\.key: is missing",
    ),
    "nothing in the environment": (
        method(configuration={"n": {"type": "env", "key": "SLAHARNESS_NONE"}}),
        r"configuration\.n: the environment has no SLAHARNESS_NONE",
    ),
    "no number in the environment": (
        method(configuration={"n": {**ENV, "env_var_type": "int"}}),
        r"configuration\.n: APP is no int",
    ),
    "a type that is none": (
        method(configuration={"n": {**ENV, "env_var_type": "many"}}),
        r"configuration\.n: APP is no many",
    ),
    "a secret of nowhere": (
        method(secrets={"s": {"token": {"type": "env", "key": "SLAHARNESS_NONE"}}}),
        r"secrets\.s\.token: the environment has no SLAHARNESS_NONE",
    ),
    "a secret of nowhere, further down": (
        method(secrets={"s": {"login": {"token": {"type": "env", "key": "SLAHARNESS_NONE"}}}}),
        r"secrets\.s\.login\.token: the environment has no SLAHARNESS_NONE",
    ),
    "a value of Vault": (
        method(configuration={"t": {"type": "vault", "path": "p"}}),
        r"configuration\.t: Vault is not asked",
    ),
    "a variable's name that is none": (
        method(http(url="http://${a-b}/"), configuration={"a-b": "front"}),
        r"url: \$\{a-b\} stays as it is: a variable's name is of letters, digits and underscores",
    ),
    "an object from a file that is not there": (
        {
            "method": [
                chaosk8s("action", "service.actions.create_service_endpoint", spec_path="no.yaml", ns="a")
            ]
        },
        r"spec_path: there is no file 'no\.yaml' in /",
    ),
    "an object from a file of another kind": (
        {
            "method": [
                chaosk8s("action", "service.actions.create_service_endpoint", spec_path="no.txt", ns="a")
            ]
        },
        r"spec_path: 'no\.txt' is read only where its name ends in \.json, \.yaml, \.yml",
    ),
    "a secret of Vault": (
        method(secrets={"s": {"t": {"type": "vault", "path": "p"}}}),
        r"secrets\.s\.t: Vault is not asked",
    ),
    "a secret without a group": (method(secrets={"token": "x"}), r"secrets\.token: is a group"),
    "a group of secrets that is not there": (
        method({**COUNT, "provider": {**COUNT["provider"], "secrets": ["k8s"]}}),
        r"provider\.secrets: there is no group 'k8s'",
    ),
    "another context": (
        method(secrets={"k": {"KUBERNETES_CONTEXT": "staging"}}),
        r"would choose another cluster",
    ),
    "another kubeconfig": (
        method(configuration={"k": {"type": "env", "key": "KUBECONFIG"}}),
        r"would choose another cluster",
    ),
    "a relative module": (
        method({**COUNT, "provider": {**COUNT["provider"], "module": ".probes"}}),
        r"'\.probes' is relative, and to nothing",
    ),
    "a module of ours that is no fault": (
        method(
            {
                **COUNT,
                "provider": {"type": "python", "module": "slaharness.faults.backup.job", "func": "event"},
            }
        ),
        r"provider\.",
    ),
    "a process": (
        method({"type": "probe", "name": "p", "provider": {"type": "process", "path": "sh"}}),
        r"provider\.type: a process may do anything; processes = true",
    ),
    "configuration of a probe": (
        method(
            configuration={
                "app": {"type": "probe", "name": "w", "provider": {"type": "process", "path": "echo"}}
            }
        ),
        r"configuration\.app: comes from a probe",
    ),
    "a strategy during the method": (
        method(runtime={"hypothesis": {"strategy": "during-method-only"}}),
        r"runtime\.hypothesis\.strategy: .*is for objectives to say",
    ),
    "a strategy all the while": (
        method(runtime={"hypothesis": {"strategy": "continuously"}}),
        r"runtime\.hypothesis\.strategy: 'continuously' is not done here",
    ),
    "no rollbacks": (
        method(runtime={"rollbacks": {"strategy": "never"}}),
        r"runtime\.rollbacks\.strategy: .*always run",
    ),
    "a ref to a rollback": (
        method(rollbacks=[{**COUNT, "name": "after"}, {"ref": "after"}]),
        r"rollbacks\[1\]\.ref: ref 'after' names no activity",
    ),
    "a ref that says more": (
        method({"ref": "n", "pauses": {"before": 3}}),
        r"method\[1\]\.pauses: Chaos Toolkit ignores it beside a ref",
    ),
    "a ref that could mean two": (
        {"method": [END, {**COUNT}, {"ref": "n"}]},
        r"method\[1\]\.name: 'n' is there twice",
    ),
    "scaled and never back": (
        {
            "method": [
                chaosk8s(
                    "action", "deployment.actions.scale_deployment", name="web", replicas=0, ns="application"
                )
            ]
        },
        r"its effect would stay: no rollback calls scale_deployment in application",
    ),
    "another one scaled back": (
        {
            "method": [
                chaosk8s(
                    "action", "deployment.actions.scale_deployment", name="web", replicas=0, ns="application"
                )
            ],
            "rollbacks": [
                chaosk8s(
                    "action", "deployment.actions.scale_deployment", name="api", replicas=1, ns="application"
                )
            ],
        },
        r"its effect would stay",
    ),
    "network policies that nothing enforces": (
        {"method": [chaosk8s("action", "networking.actions.deny_all_ingress", ns="application")]},
        r"deny_all_ingress does nothing where network policies are not enforced",
    ),
    "a custom resource": (
        {
            "method": [
                chaosk8s(
                    "action",
                    "crd.actions.delete_custom_object",
                    group="g",
                    version="v",
                    plural="p",
                    name="x",
                    ns="application",
                )
            ]
        },
        r"declares no rights",
    ),
    "a probe without rights": (
        method(chaosk8s("probe", "secret.probes.secret_exists", name="s", ns="application")),
        r"declares no rights",
    ),
}


@pytest.mark.parametrize(("parts", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_would_run_otherwise_than_meant_is_refused(
    experiment: Write, monkeypatch: pytest.MonkeyPatch, parts: dict[str, Any], words: str
) -> None:
    """Before anything starts, in one line with file, field and line."""
    monkeypatch.setenv("APP", "many")
    monkeypatch.delenv("SLAHARNESS_NONE", raising=False)
    with pytest.raises(BadInput, match=words) as caught:
        check(experiment(**parts))
    assert "\n" not in str(caught.value)
    assert str(caught.value).count("kill.yaml") == 1
    assert "(line " in str(caught.value)


REPLICAS = "deployment.actions.scale_deployment"
RIGHT = {
    "a version that is a number": method(version=1.0),
    "headings with nothing under them": method(tags=None, contributions=None, extensions=None, runtime=None),
    "a ref in the hypothesis": {
        "method": [END],
        "steady-state-hypothesis": {
            "title": "s",
            "probes": [{**http(), "tolerance": 200}, {"ref": "front", "tolerance": [200, 204]}],
        },
    },
    "a ref to the hypothesis": {**hypothesis(200), "rollbacks": [{"ref": "front", "background": True}]},
    "a text with a dollar of its own": method(http(headers={"A": "$${b}"}), configuration={"c": "d"}),
    "a path into JSON": hypothesis({"type": "jsonpath", "target": "body", "path": "$.error", "count": 0}),
    "a pattern": hypothesis({"type": "regex", "target": "body", "pattern": "^ok"}),
    "a number as text from the configuration": {
        **hypothesis("${many}", COUNT), "configuration": {"many": 3}
    },
    "a timeout of two": method(http(timeout=[1, 2.5])),
    "a strategy that is ours": method(
        runtime={"hypothesis": {"strategy": "before-method-only"}, "rollbacks": {"strategy": "always"}}
    ),
    "a secret in a header": method(http(headers={"A": "Bearer ${token}"}), secrets={"s": {"token": "x"}}),
    "pauses": method({**COUNT, "pauses": {"before": 1, "after": "${p}"}}, configuration={"p": 2.5}),
    "scaled, and back": {
        "method": [chaosk8s("action", REPLICAS, name="web", replicas=0, ns="application")],
        "rollbacks": [chaosk8s("action", REPLICAS, name="web", replicas=2, ns="application")],
    },
    "nodes looked at": method(chaosk8s("probe", "node.probes.get_nodes")),
    "the id of the run": method(
        http(url="${front}/${run}"), configuration={"run": {"type": "env", "key": "RUN_ID"}, "front": URL}
    ),
}  # fmt: skip


@pytest.mark.parametrize("parts", RIGHT.values(), ids=RIGHT.keys())
def test_what_chaos_toolkit_runs_is_taken(experiment: Write, parts: dict[str, Any]) -> None:
    """As ``chaos validate`` and ``chaos run`` take it."""
    pytest.importorskip("jsonpath2")
    assert check(experiment(**parts)).targets


def test_json_paths_need_their_library(experiment: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes with the harness; where it was removed, the tolerance is refused with the way to get it."""
    monkeypatch.setattr(chaoslib.hypothesis, "HAS_JSONPATH", False)
    with pytest.raises(BadInput, match=r"pip install chaostoolkit-lib\[jsonpath\]"):
        check(experiment(**RIGHT["a path into JSON"]))


@pytest.mark.parametrize("ending", ["json", "yml", "yaml"])
def test_an_experiment_is_found_by_name_whatever_its_ending(tmp_path: Path, ending: str) -> None:
    """As ``chaos run`` reads all three; two files of one name are refused."""
    text = json.dumps({"title": "t", "description": "d", "method": [END]}, indent="\t")
    (tmp_path / f"end-a-pod.{ending}").write_text(text.replace("\t", "  ") if ending != "json" else text)
    assert check(find("end-a-pod", tmp_path)).name == "end-a-pod"
    (tmp_path / f"end-a-pod.{'yml' if ending == 'json' else 'json'}").write_text(text)
    with pytest.raises(BadInput, match="which of them is experiment 'end-a-pod'"):
        find("end-a-pod", tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("e.yaml", "title: a\ndescription: b\nmethod: []\ntags: []\nmethod: []\n"),
        ("e.json", '{"title": "a",\n"description": "b",\n"method": [],\n\n"method": []}'),
    ],
)
def test_a_key_that_is_there_twice_is_refused(tmp_path: Path, name: str, text: str) -> None:
    """One of the two would be ignored without a word, here a whole method."""
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInput, match=f"{name}: method: is there twice"):
        check(tmp_path / name)


def test_the_line_of_what_is_wrong_is_told(tmp_path: Path) -> None:
    """In JSON, too."""
    file = tmp_path / "e.json"
    file.write_text(json.dumps({"title": "t", "description": "d", "method": [END], "rollback": []}, indent=1))
    with pytest.raises(BadInput, match=r"rollback: .*\(line 19\)"):
        check(file)


@pytest.mark.parametrize(
    "text",
    [
        "&a {title: *a}", "title: !!python/object/apply:os.system [true]", "? [a]: b", "a: \x00",
        "- " * 3000, "{" * 3000,
    ],
    ids=["itself", "object", "list as key", "null byte", "deep list", "deep mapping"],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_no_file_ends_in_a_traceback(tmp_path: Path, text: str, ending: str) -> None:
    """Whatever stands in it, one line says that it is no experiment."""
    (tmp_path / f"e.{ending}").write_text(text)
    with pytest.raises(BadInput) as caught:
        check(tmp_path / f"e.{ending}")
    assert "\n" not in str(caught.value)


def test_values_of_the_command_line_replace_those_of_the_file(experiment: Write, tmp_path: Path) -> None:
    """``--var`` wins over ``--var-file``, that over the file; each with its type; the run gets the same."""
    (tmp_path / "vars.yaml").write_text(
        "configuration: {app: from-file, many: 7}\nsecrets: {s: {token: hush}}\n"
    )
    (tmp_path / "more.env").write_text("# comment\nREGION=north\n")
    said = given(["app=web", "many:int=2"], [tmp_path / "vars.yaml", tmp_path / "more.env"])
    end = chaosk8s(
        "action", "pod.actions.terminate_pods", label_selector="app=${app}", qty="${many}", ns="${where}"
    )
    configuration = {"app": "x", "many": 1, "where": {"type": "env", "key": "REGION"}}
    found = check(experiment(method=[end], configuration=configuration), given=said)
    assert (found.targets[0].selector, found.targets[0].namespace) == ("app=web", "north")
    assert found.data["configuration"] == {**configuration, "app": "web", "many": 2}
    assert found.given.environment == {"REGION": "north"}
    assert found.given.secrets == {"s": {"token": "hush"}}


@pytest.mark.parametrize("word", ["app", "many:int=x", "many:thing=1"])
def test_a_value_that_is_none_is_refused(word: str) -> None:
    """With the way to write it."""
    with pytest.raises(BadInput, match="write name=value or name:int=value"):
        given([word])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("vars.txt", "APP=web", r"vars\.txt: its name ends in \.yaml, \.yml, \.json or \.env"),
        ("vars.yaml", "- a", r"vars\.yaml: a file of variables is a mapping with configuration and secrets"),
        (
            "vars.yaml",
            "app: web",
            r"vars\.yaml: app: Chaos Toolkit reads only configuration and secrets there",
        ),
    ],
)
def test_a_file_of_variables_that_would_do_nothing_is_refused(
    tmp_path: Path, name: str, text: str, said: str
):
    """Chaos Toolkit would pass over it without a word."""
    (file := tmp_path / name).write_text(text)
    with pytest.raises(BadInput, match=said):
        given([], [file])


def test_a_few_lines_that_are_billions_are_refused_at_once(tmp_path: Path) -> None:
    """Each line holds the one before nine times: nobody could look at all of it."""
    lines = [f"x-{n}: &n{n} [{', '.join([f'*n{n - 1}'] * 9 if n else ['x'] * 9)}]" for n in range(12)]
    (file := tmp_path / "many.yaml").write_text("\n".join(lines))
    with pytest.raises(
        BadInput, match=r"many\.yaml: has more than 100,000 values when its aliases are written"
    ):
        check(file)


def test_actions_may_be_asked_for_by_name_and_number(experiment: Write) -> None:
    """As a run tells its faults apart: the second of a name by its number; probes are none."""
    again = {**END, "name": "again"}
    found = check(experiment(method=[END, {**COUNT, "name": "look"}, again, END, {"ref": "again"}]))
    assert found.actions == ("n", "again", "n (2)", "again (2)")


def test_names_of_the_release_before_still_work(experiment: Write) -> None:
    """For one release, and the check says what they are called now; what runs is the new one."""
    old = {"module": "slaharness.chaos.actions", "func": "kill_pods",
           "arguments": {"namespace": "persistence", "selector": "app=x"}}  # fmt: skip
    kill = {"type": "action", "name": "a", "provider": {"type": "python", **old}}
    found = check(experiment(method=[kill]))
    assert found.notes[0].startswith(
        "slaharness.chaos.actions.kill_pods is now kill_pods of slaharness.faults."
    )
    assert found.data["method"][0]["provider"]["module"] == "slaharness.faults.pods.kill_pods"


PROJECT = """
from slaharness.faults import fault
@fault(rights={"configmaps": "patch"}, target="configmaps")
def spoil(*, namespace: str, name: str) -> None: ...
def undeclared(*, namespace: str, name: str) -> None: ...
"""


def own(func: str) -> dict[str, Any]:
    arguments = {"namespace": "application", "name": "x"}
    provider = {"type": "python", "module": "myfaults", "func": func, "arguments": arguments}
    return {"method": [{"type": "action", "name": "a", "provider": provider}]}


def test_a_project_declares_its_own_faults(experiment: Write, tmp_path: Path) -> None:
    """Its module, once allowed, may be called, with the rights that it declares; else it is refused."""
    (tmp_path / "myfaults.py").write_text(PROJECT)
    allowed = Allowed(modules=("myfaults",), folder=tmp_path)
    assert check(experiment(**own("spoil")), allowed).rights("application") == {"configmaps": "patch"}
    with pytest.raises(BadInput, match=r"myfaults\.undeclared declares no rights"):
        check(experiment(**own("undeclared")), allowed)
    with pytest.raises(BadInput, match=r"'myfaults' is not allowed: .*settings' \[faults\]"):
        check(experiment(**own("spoil")))


def test_what_the_project_allows_is_taken(experiment: Write) -> None:
    """Processes, values of probes, network policies: each by its own word; a namespace must be known."""
    allowed = Allowed(processes=True, dynamic_configuration=True, network_policies=True)
    probe = {
        "type": "probe",
        "name": "w",
        "provider": {"type": "process", "path": "echo", "arguments": ["a=b"]},
    }
    end = chaosk8s("action", "pod.actions.terminate_pods", label_selector="${app}", ns="application")
    assert check(experiment(method=[end], configuration={"app": probe}), allowed).namespaces == (
        "application",
    )
    end["provider"]["arguments"]["ns"] = "${app}"
    with pytest.raises(BadInput, match=r"arguments\.ns: must be known before it runs"):
        check(experiment(method=[end], configuration={"app": probe}), allowed)
    deny = chaosk8s("action", "networking.actions.deny_all_ingress", ns="application")
    back = chaosk8s("action", "networking.actions.remove_deny_all_ingress", ns="application")
    found = check(experiment(method=[deny], rollbacks=[back]), allowed)
    assert found.rights("application") == {"networkpolicies.networking.k8s.io": "create delete"}
    with pytest.raises(BadInput, match=r"deny_all_ingress does nothing where network policies are not"):
        check(experiment(method=[deny], rollbacks=[back]), replace(allowed, network_policies=False))


def test_only_named_variables_are_asked_of_the_environment(
    experiment: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of its configuration and of its secrets."""
    monkeypatch.setenv("APP", "web")
    found = check(
        experiment(
            configuration={"app": ENV, "plain": "x"},
            secrets={"s": {"token": {"type": "env", "key": "APP_TOKEN"}}},
        ),
        given=Given(environment={"APP_TOKEN": "hush"}),
    )
    assert found.environment == {"APP", "APP_TOKEN"}


def test_the_files_of_the_project_are_written_as_they_are_read() -> None:
    """What Chaos Toolkit is given is the checked data: nothing is lost on the way through YAML."""
    for file in (Path(__file__).parents[2] / "experiments").glob("*.yaml"):
        data = check(file).data
        assert yaml.safe_load(yaml.safe_dump(data)) == yaml.safe_load(file.read_text())


@pytest.mark.parametrize(
    ("strategy", "after"),
    [
        (None, True),
        ("default", True),
        ("after-method-only", True),
        ("before-method-only", False),
        ("skip", False),
    ],
)
def test_the_hypothesis_is_asked_when_its_file_says(tmp_path, strategy, after):
    """Chaos Toolkit's own default is before and after; one without probes asks nothing."""
    runtime = {"runtime": {"hypothesis": {"strategy": strategy}}} if strategy else {}
    file = tmp_path / "e.yaml"
    for parts, asked in ((hypothesis(200), after), ({"method": [END]}, False)):
        file.write_text(yaml.safe_dump({"title": "t", "description": "d", **parts, **runtime}))
        found = check(file)
        assert (found.hypothesis, found.asks_afterwards) == (strategy or "default", asked)


def test_what_belongs_to_no_program_is_left_alone(experiment: Write) -> None:
    """A field ``x-…`` holds what YAML's anchors name; Chaos Toolkit reads past it, and is not given it."""
    found = check(experiment(method=[END], **{"x-pod": {"ns": "application"}}))
    assert "x-pod" not in found.data


def test_another_tools_file_is_told_as_such(experiment: Write) -> None:
    """Not as an experiment with fields that are wrong."""
    with pytest.raises(BadInput, match=r"kind: PodChaos of chaos-mesh.org/v1alpha1 is no Chaos Toolkit"):
        check(experiment(method=[END], apiVersion="chaos-mesh.org/v1alpha1", kind="PodChaos"))


def test_a_path_that_cannot_be_read_is_one_line(experiment: Write, capfd: pytest.CaptureFixture[str]) -> None:
    """The parser of JSON paths would print another one."""
    odd = {"type": "jsonpath", "target": "body", "path": "$.a[?(@.b = 'c')]"}
    with pytest.raises(BadInput, match=r"JSON path .* is invalid"):
        check(experiment(**hypothesis(odd)))
    assert capfd.readouterr().err == ""
