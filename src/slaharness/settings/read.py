"""From a project's folder to its settings, or one line that names file and field."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from slaharness.chaos.allowed import Allowed
from slaharness.errors import BadInput
from slaharness.host import project, toml
from slaharness.settings.schema import Settings

if TYPE_CHECKING:
    from slaharness.report.outward.send import Receiver
    from slaharness.stack.protocol import Stack

FILE, SHARED = "slaharness.toml", "pyproject.toml"
#: How pydantic calls one of several kinds that a value may have.
KIND = re.compile(r"constrained-str$|literal\[|function-\w+\[")


@dataclass(frozen=True)
class Project:
    """A project's folder, what its settings say, and the file that says it."""

    root: Path
    settings: Settings
    file: str = FILE

    @property
    def allowed(self) -> Allowed:
        """What experiments may use beside the harness's own faults."""
        said = self.settings.faults
        return Allowed(
            modules=tuple(said.modules),
            folder=self.root,
            processes=said.processes,
            dynamic_configuration=said.dynamic_configuration,
            network_policies=said.network_policies,
        )

    @cached_property
    def stack(self) -> "Stack":
        """The system under test. Raises BadInput when the settings name none, or one that cannot be had."""
        from slaharness.settings import stacks  # noqa: PLC0415  # all of Kubernetes; a check needs none of it

        try:
            return stacks.build(self.settings, self.root)
        except BadInput as error:
            raise BadInput(f"{self.root / self.file}: {error}") from error

    @cached_property
    def known_stack(self) -> "Stack | None":
        """The stack; None where settings alone do not tell, and a fixture of the project's may."""
        try:
            return self.stack if self.settings.stack else None
        except BadInput:
            return None

    @cached_property
    def receiver(self) -> "Receiver":
        """Where figures are sent to. Raises BadInput where nothing is named, or something lacks."""
        from slaharness.settings import receivers  # noqa: PLC0415  # as above

        try:
            return receivers.build(self.settings.send)
        except BadInput as error:
            raise BadInput(f"{self.root / self.file}: {error}") from error


def here() -> Project:
    """The project around the current folder. Raises BadInput."""
    return load(project.root())


def of(file: Path) -> Project:
    """The project whose settings ``file`` holds. Raises BadInput, as ``load`` does."""
    if file.name not in {FILE, SHARED}:
        raise BadInput(f"{file}: settings are called {FILE} or {SHARED}")
    return load(file.resolve().parent)


def load(root: Path) -> Project:
    """Raise BadInput for settings that are no TOML, or hold what is not known or not possible."""
    own, shared = root / FILE, root / SHARED
    inside = _inside(shared) if shared.is_file() else None
    if not own.is_file():
        return Project(root, _checked({} if inside is None else inside, shared, "tool.slaharness."), SHARED)
    if inside is not None:
        raise BadInput(f"{shared}: tool.slaharness: {FILE} beside it has settings, too; keep one of them")
    return Project(root, _checked(toml.read(own), own))


def _inside(shared: Path) -> Any:
    """What of a file of many tools' is ours; None where nothing is."""
    tools = toml.read(shared).get("tool")
    return tools.get("slaharness") if isinstance(tools, dict) else None


def _checked(content: Any, file: Path, prefix: str = "") -> Settings:
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(_field(first["loc"]))
        raise BadInput(
            ": ".join(filter(None, (str(file), f"{prefix}{where}".rstrip("."), _words(first))))
        ) from error


def _field(place: tuple[int | str, ...]) -> list[str]:
    """Without the kind by which pydantic chose among the stacks, and what it calls kinds of a value."""
    kept = place[:1] + place[2:] if place[:1] == ("stack",) else place
    return [str(one) for one in kept if not KIND.match(str(one))]


def _words(error: Any) -> str:
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a known key"
        case "union_tag_not_found":
            return "kind is missing: python, kustomize, helm or existing"
        case "union_tag_invalid":
            return f"kind is {error['ctx']['tag']!r}, none of python, kustomize, helm and existing"
    return str(error["msg"]).removeprefix("Value error, ")
