"""The service as it is deployed, beside all that it needs, rendered by the real Kustomize."""

import json

import pytest
import yaml
from stacks import ROOT, WEATHER

from slaharness.stack import manifests


@pytest.fixture
def rendered():
    """Of the streaming profile, by kind and name."""
    text = manifests.render(ROOT / "weather" / "deploy" / "profiles" / "streaming", WEATHER).text()
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(text)}


@pytest.mark.live
def test_the_component_brings_the_service_its_tables_and_its_routes(rendered):
    """And finds its token and its topics, dead letters too: nothing is left to be done by hand."""
    pod = rendered["Deployment", "notify"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert container["args"] == ["notify"]
    assert pod["metadata"]["labels"]["app.kubernetes.io/name"] == "notify"
    assert rendered["Service", "notify"]["spec"]["clusterIP"] == "None"
    schema = rendered["Job", "schema"]["spec"]["template"]["spec"]
    assert "/schema/notify.cql" in schema["containers"][0]["command"]
    held = {name: one["data"] for (kind, name), one in rendered.items() if kind == "ConfigMap"}
    (edge,) = [data for name, data in held.items() if name.startswith("edge-")]
    assert {"haproxy.cfg", "notify.cfg"} <= edge.keys()
    (tables,) = [data for name, data in held.items() if name.startswith("schema-")]
    assert "weather.alerts" in tables["notify.cql"]
    prometheus = rendered["Deployment", "prometheus"]["spec"]["template"]["spec"]["containers"]
    assert any("notify=application/notify:8000" in one.get("args", ()) for one in prometheus)
    tokens = rendered["Job", "tokens"]["spec"]["template"]["spec"]["containers"][0]
    assert "application=notify" in tokens["args"]
    (topics,) = [data for name, data in held.items() if name.startswith("topics-")]
    assert {"alerts", "alerts-notify-DLQ"} <= json.loads(topics["alerts.json"])["topics"].keys()
    assert json.loads(topics["alerts.json"])["roles"]["notify"] == ["consume", "produce"]
