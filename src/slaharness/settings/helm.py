"""A chart as a Kustomize folder, rendered by the user's own helm: what it makes is then ours to apply."""

import re
import shutil
from pathlib import Path

import yaml

from slaharness.errors import HostTrouble
from slaharness.host import command, paths
from slaharness.settings.schema import HelmStack
from slaharness.stack import document

#: Seconds for helm, which may have to fetch the chart.
WITHIN = 120.0
#: Where one object of what helm prints ends, and the next begins.
PART = re.compile(r"^(?=---\s)", re.MULTILINE)
#: Of Kustomize: a namespace for objects that name none, and are of a kind that has one.
UNPLACED = {"apiVersion": "builtin", "kind": "NamespaceTransformer", "unsetOnly": True}


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
    (folder / "chart.yaml").write_text("".join(part for part in PART.split(text) if _installed(part)))
    # What names a namespace keeps it, as with `helm install`: a chart may put objects into several.
    placed = document.dump([{**UNPLACED, "metadata": {"name": "unplaced", "namespace": namespace}}])
    content = {"resources": ["chart.yaml"], "transformers": [placed]}
    (folder / "kustomization.yaml").write_text(document.dump([content]))
    return folder


def _installed(part: str) -> bool:
    """Whether an install makes this object: hooks of an upgrade, a rollback or a deletion are for later."""
    body = yaml.safe_load(part) or {}
    hook = (body.get("metadata", {}).get("annotations") or {}).get("helm.sh/hook")
    return hook is None or "install" in {one.strip().partition("-")[2] for one in hook.split(",")}
