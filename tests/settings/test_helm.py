"""A chart as the user's own helm renders it: what of it is applied, and where."""

import shutil
from pathlib import Path

import pytest

from slaharness.errors import CommandFailed
from slaharness.settings import read
from slaharness.stack import manifests

SETTINGS = """
[stack]
kind = "helm"
name = "shop"
namespaces = ["shop", "shop-data"]
chart = "chart"
values = ["few.yaml", "many.yaml"]
[load]
host = "http://shop-web.shop.svc"
"""
WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}-web}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: localhost/slaharness/web}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: elsewhere, namespace: shop-data}
data:
  said: |
    yes
    --- no end of an object
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: shop-reader}
rules: []
"""
HOOK = """
apiVersion: v1
kind: ConfigMap
metadata: {name: %s, annotations: {helm.sh/hook: "%s"}}
"""
THINGS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec: {group: example.org, scope: Namespaced, names: {plural: things, kind: Thing}, versions: []}
"""
FILES = {
    "slaharness.toml": SETTINGS,
    "few.yaml": "replicas: 2\n",
    "many.yaml": "replicas: 3\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
    "chart/values.yaml": "replicas: 1\n",
    "chart/crds/things.yaml": THINGS,
    "chart/templates/web.yaml": WEB,
    "chart/templates/migrate.yaml": HOOK % ("migrate", "pre-install,pre-upgrade"),
    "chart/templates/drain.yaml": HOOK % ("drain", "pre-delete"),
    "chart/templates/upgrade.yaml": HOOK % ("upgrade", "post-upgrade, post-rollback"),
    "chart/templates/tests/probe.yaml": HOOK % ("probe", "test"),
}


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A project with that chart, and nothing in its cache of charts."""
    if not shutil.which("helm"):
        pytest.skip("no helm on the PATH (go install helm.sh/helm/v3/cmd/helm@latest)")
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr("slaharness.settings.helm.paths.CACHE", tmp_path / "cache")
    return tmp_path


@pytest.fixture
def rendered(shop, monkeypatch):
    """The objects as they would be applied, by kind and name."""
    stack = read.load(shop).stack
    folder = stack.profile("core")
    assert folder == shop / "cache/helm/shop"
    monkeypatch.undo()  # kubectl is in the machine's own cache
    found = manifests.render(Path(folder), stack)
    return {(one["kind"], one["metadata"]["name"]): one for one in found.objects}


@pytest.mark.nightly
def test_objects_are_where_the_chart_puts_them(rendered):
    """The first namespace is for those that name none; one that is for the whole cluster has none."""
    spaces = {name: one["metadata"].get("namespace") for name, one in rendered.items()}
    assert spaces["Deployment", "shop-web"] == "shop"
    assert spaces["ConfigMap", "elsewhere"] == "shop-data"
    assert spaces["ClusterRole", "shop-reader"] is None
    assert {name for kind, name in rendered if kind == "Namespace"} == {"shop", "shop-data", "load"}
    assert ("CustomResourceDefinition", "things.example.org") in rendered


@pytest.mark.nightly
def test_only_hooks_of_an_install_are_applied(rendered):
    """One that drains the application before it is deleted would strike it as it starts."""
    names = {name for kind, name in rendered if kind == "ConfigMap"}
    assert names == {"elsewhere", "migrate"}


@pytest.mark.nightly
def test_the_last_file_of_values_counts_most(rendered):
    """As on helm's own command line; text is as the chart has it."""
    assert rendered["Deployment", "shop-web"]["spec"]["replicas"] == 3
    assert rendered["ConfigMap", "elsewhere"]["data"]["said"] == "yes\n--- no end of an object\n"


@pytest.mark.nightly
def test_what_helm_refuses_is_said_in_its_words(shop):
    """With the chart that was asked for."""
    (shop / "chart/templates/web.yaml").write_text("{{ .Values.nothing.at.all }}")
    with pytest.raises(CommandFailed, match=r"(?s)rendering the chart chart.*nil pointer"):
        read.load(shop).stack.profile("core")
