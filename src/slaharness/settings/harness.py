"""The image of the harness itself, with a project in it: what a CronJob inside a cluster runs."""

from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import slaharness
from slaharness import image
from slaharness.record.night import INPUTS
from slaharness.settings.read import Project
from slaharness.settings.schema import Built, HelmStack, KustomizeStack, PythonStack, Settings
from slaharness.stack.protocol import ImageSource

NAME = "harness"
#: By which its Python knows what is installed, and pytest its plugin.
METADATA = {"METADATA", "entry_points.txt"}


def source(project: Project) -> ImageSource:
    """Its folder, with this slaharness and of the project what runs are made from."""
    folder = Path(image.__file__).parent / NAME
    ours = {"ours/slaharness": Path(slaharness.__file__).parent}
    known = distribution("slaharness").files or ()
    told = {f"ours/{file}": Path(str(file.locate())) for file in known if file.name in METADATA}
    given = {f"project/{name}": project.root / name for name in sorted(set(_parts(project)))}
    return ImageSource(folder, extra={**ours, **told, **given})


def _parts(project: Project) -> Iterator[str]:
    """Files and folders of the project's, from its root."""
    for name in (*INPUTS, "conftest.py", *_named(project.settings)):
        if name and (project.root / name).exists():
            yield name


def _named(settings: Settings) -> Iterator[str]:
    """What else the settings name, which may lie elsewhere or be none of the project's."""
    stack = settings.stack
    modules = [stack.object.partition(":")[0]] if isinstance(stack, PythonStack) else []
    for module in (*modules, *settings.faults.modules):
        top = module.partition(".")[0]
        yield from (top, f"{top}.py")
    if isinstance(stack, Built):
        yield stack.images
    if isinstance(stack, KustomizeStack):
        yield from (stack.folder, stack.profiles)
    if isinstance(stack, HelmStack):
        yield from (stack.chart, *stack.values)
