"""Settings that people know, each slip in them told in one line with file and field."""

from pathlib import Path

import pytest

from slaharness.errors import BadInput, HostTrouble
from slaharness.model import Columns, ColumnType
from slaharness.settings import read
from slaharness.stack.protocol import Readable

SHOP = """
[stack]
kind = "existing"
name = "shop"
namespaces = ["shop", "shop-data"]
ready = "http://web.shop.svc/healthz"

[load]
host = "http://web.shop.svc"

[prometheus]
url = "http://prometheus.monitoring.svc:9090"
interval = "15s"
load = "own"

[readback]
url = "http://web.shop.svc/orders"
key = "id"
columns = {id = "text", run = "text", amount = "integer"}
run = "run"

[faults]
contexts = ["staging"]
"""
PROMETHEUS = '[prometheus]\nurl = "http://prometheus.example.org"'


@pytest.fixture
def project(tmp_path):
    """Read the text as a project's own file."""

    def write(text: str, name: str = "slaharness.toml") -> read.Project:
        (tmp_path / name).write_text(text)
        return read.load(tmp_path)

    return write


def test_a_running_application_is_declared_in_one_file(project):
    """Nothing of it is deployed; how it is reached, measured and read back is all there is to say."""
    stack = project(SHOP).stack
    assert (stack.name, stack.namespaces, stack.entry) == (
        "shop",
        ("shop", "shop-data"),
        "http://web.shop.svc",
    )
    assert stack.profile("core") is None
    assert stack.prometheus.interval == 15.0
    assert isinstance(stack, Readable)
    types = {"id": ColumnType.TEXT, "run": ColumnType.TEXT, "amount": ColumnType.INTEGER}
    assert stack.columns == Columns(types, key="id", run="run")


def test_without_a_readback_it_is_not_readable(project):
    """The objectives that need one are then UNKNOWN with that reason."""
    assert not isinstance(project(SHOP.replace("[readback]", "[x]").partition("[x]")[0]).stack, Readable)


def test_pyproject_may_hold_them(project):
    """Under tool.slaharness; a slip there is told with that name before the field."""
    text = '[tool.slaharness.stack]\nkind = "existing"\n'
    with pytest.raises(BadInput, match=r"pyproject\.toml: tool\.slaharness\.stack\.name: is missing"):
        project(text, "pyproject.toml")


def test_two_files_of_settings_are_one_too_many(project):
    """Nobody could say which counts."""
    project("[tool.other]", "pyproject.toml")
    project(SHOP)
    with pytest.raises(BadInput, match="keep one of them"):
        project("[tool.slaharness]", "pyproject.toml")


def test_a_project_that_only_judges_needs_none(project):
    """Asked for its stack, it says what is missing."""
    found = project("", "pyproject.toml")
    with pytest.raises(BadInput, match="stack is missing"):
        _ = found.stack


@pytest.mark.parametrize(
    "url", ["http://shop:99999", "http://shop:0", "http://shop:x", "http://[::1", "http://:80", "http://a b"]
)
@pytest.mark.parametrize(
    ("old", "field"),
    [
        ("http://web.shop.svc/healthz", "stack.ready"),
        ("http://web.shop.svc", "load.host"),
        ("http://prometheus.monitoring.svc:9090", "prometheus.url"),
        ("http://web.shop.svc/orders", "readback.url"),
        ("http://prometheus.shop.svc/w", "prometheus.remote_write"),
        ("http://prometheus.shop.svc/s", "send.url"),
    ],
)
def test_a_url_to_which_nobody_can_connect_is_refused(project, url, old, field):
    """Before a cluster is made for it: a run would end minutes later, with an error of a library's."""
    remote = 'load = "remote-write"\nremote_write = "http://prometheus.shop.svc/w"'
    text = SHOP.replace('load = "own"', remote)
    text += '[send]\nurl = "http://prometheus.shop.svc/s"\nprotocol = "otlp"\n'
    assert project(text).settings
    with pytest.raises(BadInput, match=rf"slaharness\.toml: {field}") as caught:
        project(text.replace(f'"{old}"', f'"{url}"'))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("levels", [900, 3_000, 100_000])
@pytest.mark.parametrize("text", ["x = {0}1{1}", "[tool]\nx = {0}{1}"])
@pytest.mark.parametrize("name", ["slaharness.toml", "pyproject.toml"])
def test_settings_that_are_nested_too_deeply_are_one_line(project, levels, text, name):
    """Also in a file of many tools', which pytest reads, too."""
    with pytest.raises(BadInput, match=rf"{name}: is nested too deeply") as caught:
        project(text.format("[" * levels, "]" * levels), name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nother = 1", ""])
def test_a_file_of_other_tools_says_nothing_of_ours(project, text):
    assert project(text, "pyproject.toml").settings.stack is None


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('kind = "existing"', 'kind = "docker"', "stack: kind is 'docker', none of python, kustomize, helm"),
        ('kind = "existing"', "", "stack: kind is missing"),
        ('ready = "http', 'raedy = "http', "stack.ready: is missing"),
        ('name = "shop"', 'name = "Shop!"', "stack.name: String should match"),
        ('namespaces = ["shop", "shop-data"]', 'namespaces = "shop"', "stack.namespaces: .*list"),
        ('host = "http://web.shop.svc"', 'host = "web.shop.svc"', "load.host"),
        ('host = "http://web.shop.svc"', "", "load.host is missing"),
        (
            'host = "http://web.shop.svc"',
            'host = "http://web.shop.svc"\nca = "roots"',
            "load.ca: String should",
        ),
        (
            'host = "http://web.shop.svc"',
            'host = "http://web.shop.svc"\nca = "secret/roots"',
            "load.ca is for an https host",
        ),
        ('interval = "15s"', 'interval = "often"', "prometheus.interval: 'often' is not a duration"),
        ('interval = "15s"', 'interval = "0s"', "prometheus.interval: '0s' is no time"),
        ('interval = "15s"', "interval = 15", "prometheus.interval"),
        ('load = "own"', 'load = "pushed"', "prometheus.load: .*own.*scraped"),
        ('interval = "15s"', 'interval = "15s"\nservice = "a/b"', "prometheus: give one of url and service"),
        (
            'interval = "15s"',
            'interval = "15s"\ntoken = "TOKEN"',
            "token does not pass through",
        ),
        ('load = "own"', 'load = "remote-write"', "remote_write and load = .* go together"),
        (
            'load = "own"',
            'load = "own"\nremote_write = "http://a/w"',
            "remote_write and load = .* go together",
        ),
        (
            'load = "own"',
            'load = "remote-write"\nremote_write = "http://me:secret@a/w"',
            "prometheus.remote_write: String should match",
        ),
        ('load = "own"', 'load = "own"\nremote_write_token = "T"', "remote_write_token is only for"),
        (
            'load = "own"',
            'load = "own"\npod_monitor_labels = {release = "x"}',
            "pod_monitor_labels is only for",
        ),
        ('interval = "15s"', 'interval = "15s"\ntenant = "my tenant"', "prometheus.tenant"),
        (
            'amount = "integer"',
            'amount = "money"',
            "readback.columns.amount: 'money' is none of text",
        ),
        ('key = "id"', 'key = "order"', "readback: key names 'order', which is not among columns"),
        ('run = "run"\n', 'run = "id"\n', "readback: run and key are the same column"),
        ("[faults]", "[fautls]", "fautls: is not a known key"),
        ('contexts = ["staging"]', "contexts = [1]", r"faults\.contexts\.0"),
        ("[stack]", "[stack", "slaharness.toml: "),
    ],
)
def test_each_slip_is_one_line_with_file_and_field(project, old, new, complaint):
    """Nothing is guessed, and nothing that was meant is passed over."""
    assert old in SHOP
    with pytest.raises(BadInput, match=complaint) as caught:
        _ = project(SHOP.replace(old, new, 1)).stack
    assert "slaharness.toml: " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "stack.object: own.stack:STACK is no Stack: it has no name"),
        ("class S: name = 'own'\nSTACK = S()", "it has no entry, namespaces"),
        ("import nothing_of_that_name", "own.stack cannot be imported: ModuleNotFoundError"),
        ("1 / 0", "own.stack cannot be imported: ZeroDivisionError"),
    ],
)
def test_a_python_stack_is_checked_before_anything_starts(project, tmp_path, text, complaint):
    """Whatever the user's own module does."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own/stack.py").write_text(text)
    with pytest.raises(BadInput, match=complaint) as caught:
        _ = project('[stack]\nkind = "python"\nobject = "own.stack:STACK"').stack
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("said", ['[load]\nhost = "http://a.b.svc"', '[load]\nnamespace = "x"', PROMETHEUS])
def test_what_a_python_stack_says_itself_is_not_said_twice(project, said):
    """What would not count is told, not passed over."""
    with pytest.raises(BadInput, match="says: leave it out here"):
        project(f'[stack]\nkind = "python"\nobject = "own.stack:STACK"\n{said}')


def test_a_kustomize_folder_serves_every_profile_or_has_one_for_each(project, tmp_path):
    """A folder without kustomization.yaml is told at once."""
    kind = SHOP.replace("existing", "kustomize")

    def deployed(where):
        return project(kind.replace('ready = "http://web.shop.svc/healthz"', where)).stack

    (tmp_path / "deploy/small").mkdir(parents=True)
    (tmp_path / "deploy/small/kustomization.yaml").touch()
    one = deployed('folder = "deploy/small"')
    assert one.profile("core") == one.profile("any") == tmp_path / "deploy/small"
    each = deployed('profiles = "deploy"')
    assert each.profile("small") == tmp_path / "deploy/small"
    with pytest.raises(BadInput, match=r"no profile 'large'.*there is small"):
        each.profile("large")
    with pytest.raises(BadInput, match="has no kustomization"):
        deployed('folder = "deploy"').profile("core")
    with pytest.raises(BadInput, match="stack: give one of folder and profiles"):
        deployed("")


def test_a_chart_is_rendered_by_the_users_own_helm(project, tmp_path, monkeypatch):
    """What it makes becomes a Kustomize folder; without a helm that is said, and what to do."""
    monkeypatch.setattr("slaharness.host.paths.CACHE", tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    chart = 'chart = "charts/shop"\nvalues = ["a.yaml"]\n'
    stack = project(SHOP.replace("existing", "helm").replace("ready =", f"{chart}ready =")).stack
    with pytest.raises(HostTrouble, match="there is no `helm`"):
        stack.profile("core")
    helm = tmp_path / "helm"
    helm.write_text('#!/bin/sh\necho "# $@"\n')
    helm.chmod(0o755)
    folder = stack.profile("core")
    words = f"shop charts/shop --namespace shop --include-crds --skip-tests --values {tmp_path}/a.yaml"
    assert (folder / "chart.yaml").read_text() == f"# template {words}\n"
    assert "namespace: shop" in (folder / "kustomization.yaml").read_text()


def test_the_projects_own_settings_are_sound():
    """The weather stack, by the same way as any user's."""
    found = read.load(Path(__file__).parents[2])
    assert found.stack.name == "weather"
    assert found.settings.scenarios.default
