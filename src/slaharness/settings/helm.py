"""A chart as a Kustomize folder, rendered by the user's own helm: what it makes is then ours to apply."""

import shutil
from pathlib import Path

import yaml

from slaharness.errors import HostTrouble
from slaharness.host import command, paths
from slaharness.settings.schema import HelmStack

#: Seconds for helm, which may have to fetch the chart.
WITHIN = 120.0


def rendered(given: HelmStack, root: Path) -> Path:
    """The folder, in the cache. Raises HostTrouble without a helm, CommandFailed when it refuses."""
    program = shutil.which("helm")
    if not program:
        raise HostTrouble("stack.kind is helm, and there is no `helm` on the PATH: install it")
    chart = root / given.chart
    files = [word for one in given.values for word in ("--values", root / one)]
    namespace = given.namespaces[0]
    text = command.run(
        [program, "template", given.name, chart if chart.exists() else given.chart,
         "--namespace", namespace, "--include-crds", "--skip-tests", *files],
        purpose=f"rendering the chart {given.chart}", within=WITHIN,
    )  # fmt: skip
    folder = paths.CACHE / "helm" / given.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chart.yaml").write_text(text)
    content = {"resources": ["chart.yaml"], "namespace": namespace}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))
    return folder
