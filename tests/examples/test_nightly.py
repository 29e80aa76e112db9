"""The files for a nightly CI: what they call is there, and what they ask for is little."""

import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from slaharness.cli import cli

FOLDER = Path(__file__).parents[2] / "examples/nightly"


def words():
    """The command lines of ours in both files."""
    workflow = yaml.safe_load((FOLDER / "workflow.yaml").read_text())
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            for line in step.get("run", "").split("&&"):
                if "bin/slaharness" in line:
                    yield shlex.split(line.replace("$SHARD", "1").partition("slaharness ")[2])
    (container,) = objects()["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    yield container["command"][1:]


def objects():
    return {one["kind"]: one for one in yaml.safe_load_all((FOLDER / "cronjob.yaml").read_text())}


@pytest.mark.parametrize("given", list(words()), ids=" ".join)
def test_each_command_is_one_of_ours(given):
    """With options that there are: an example that is refused is none."""
    name, *rest = given
    command = cli.get_command(None, name)
    command.make_context(name, rest)
    assert CliRunner().invoke(cli, [name, "--help"]).exit_code == 0


def test_the_cron_job_asks_for_no_rights_of_its_own():
    """They come from the project's experiments; and its pod could run where pods may do nothing."""
    there = objects()
    assert set(there) == {"Namespace", "ServiceAccount", "PersistentVolumeClaim", "ConfigMap", "CronJob"}
    pod = there["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["serviceAccountName"] == there["ServiceAccount"]["metadata"]["name"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert there["Namespace"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_what_has_to_be_undone_outlives_the_pod():
    """A pod that dies in the middle of a fault would leave it behind."""
    pod = objects()["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    variables = {one["name"]: one["value"] for one in container["env"]}
    kept = {one["mountPath"] for one in container["volumeMounts"] if one["name"] == "kept"}
    assert variables["SLAHARNESS_STATE"] in kept
    assert "/project/reports" in kept
    assert any("persistentVolumeClaim" in one for one in pod["volumes"])
