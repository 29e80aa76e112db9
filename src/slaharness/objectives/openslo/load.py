"""Files of objectives, in OpenSLO v1, become Objectives, or are refused with file, line, field and reason."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from slaharness.errors import BadInput
from slaharness.model import Objective
from slaharness.objectives.openslo import documents
from slaharness.objectives.openslo.documents import Document, described
from slaharness.objectives.openslo.kinds import KINDS
from slaharness.objectives.openslo.references import Elsewhere, Resolver, in_order
from slaharness.objectives.openslo.schema import Slo

#: Of a folder that holds nothing to judge by.
NONE = "no objectives here, only what they refer to"
#: How files of objectives end, and what stands in each.
READ, MARK = (".yaml", ".yml"), b"openslo"
#: Characters that a name may have.
_LONGEST = 63


def load_all(folder: Path) -> dict[str, Objective]:
    """Every objective in ``folder``'s YAML files, by name.

    Raises BadInput for the first document that cannot be read, two of one name, or no objective at all.
    """
    objectives = {}
    for found in (*_unread(folder), *_found(_files(folder))):
        if isinstance(found, BadInput):
            raise found
        objectives[found.name] = found
    if not objectives:
        raise BadInput(f"{folder}: {NONE}")
    return objectives


def check(folder: Path) -> tuple[str, ...]:
    """Everything that ``load_all`` would refuse in ``folder``, a line each. No cluster is needed."""
    try:
        files = _files(folder)
    except BadInput as error:
        return (str(error),)
    found = [*_unread(folder), *_found(files)]
    refusals = tuple(str(one) for one in found if isinstance(one, BadInput))
    return refusals if found else (f"{folder}: {NONE}",)


def load(file: Path) -> Objective:
    """The one objective in ``file``. Raises BadInput."""
    found = list(_found([file]))
    for one in found:
        if isinstance(one, BadInput):
            raise one
    objectives = [one for one in found if isinstance(one, Objective)]
    if len(objectives) != 1:
        names = ", ".join(one.name for one in objectives)
        raise BadInput(f"{file}: holds {len(objectives)} objectives, where one is needed: {names or 'none'}")
    return objectives[0]


def _files(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.glob("*") if file.suffix in READ)
    if not files:
        raise BadInput(f"{folder}: no objectives here; they are OpenSLO files, NAME.yaml")
    return files


def _unread(folder: Path) -> Iterator[BadInput]:
    """Objectives that nobody would hold a run against, though their author believes so."""
    for file in sorted(folder.rglob("*")):
        alike = file.suffix.lower() in {".yaml", ".yml", ".json"} and file.is_file()
        if alike and (file.parent != folder or file.suffix not in READ) and MARK in file.read_bytes():
            yield BadInput(f"{file}: is not read: objectives are files NAME.yaml in {folder} itself")


def _found(files: Sequence[Path]) -> Iterator[Objective | BadInput]:
    """Every objective of ``files``, and every reason why there is none, in their order."""
    read: list[Document] = []
    for file in files:
        try:
            read += documents.read(file)
        except BadInput as error:
            yield error
    resolver = Resolver(read)
    named: dict[tuple[str, str], Path] = {}
    for document in in_order(read):
        try:
            objectives = _objectives(document, resolver)
        except BadInput as error:
            resolver.refused.add((document.kind, document.name))
            if not isinstance(error, Elsewhere):
                yield error
            continue
        names = [("objective", one.name) for one in objectives] or [(document.kind, document.name)]
        if twin := next((one for one in names if one in named), None):
            yield BadInput(f"{document.file}: {twin[1]!r} is already the name of {named[twin]}")
            continue
        named |= dict.fromkeys(names, document.file)
        yield from objectives


def _objectives(document: Document, resolver: Resolver) -> list[Objective]:
    """What a document holds to: nothing, unless it is an SLO. Raises BadInput."""
    model = KINDS.get(document.kind, Slo)
    if document.kind and document.kind not in KINDS and document.content.get("apiVersion") == "openslo/v1":
        kinds = ", ".join(KINDS)
        raise document.refusal(("kind",), f"is {described(document.kind)}; read here: {kinds}")
    content, said = resolver.resolved(document)
    try:
        found = model.model_validate(content)
    except ValidationError as error:
        raise document.refusals(error.errors()) from error
    return _of_slo(found, said, str(document.file)) if isinstance(found, Slo) else []


def _of_slo(slo: Slo, said: dict[str, str], file: str) -> list[Objective]:
    """An objective for each of an SLO's, with a name of its own where there are several."""
    spec, metadata = slo.spec, slo.metadata
    return [
        Objective(
            name=name,
            title=one.display_name if len(spec.objectives) > 1 and one.display_name
            else metadata.display_name or name,
            service=spec.service,
            source=spec.source,
            good=spec.good,
            total=spec.total,
            target=one.held_to,
            op=one.sign,
            floor=metadata.annotations.floor,
            bad=metadata.annotations.bad,
            file=file,
            timeslice=one.timeslice,
            period=spec.period,
            alerts=tuple(alert for policy in spec.alert_policies for alert in policy.alerts),
            no_data_misses=any(policy.spec.alert_when_no_data for policy in spec.alert_policies),
            read_as=spec.read_as | said,
        )
        for one, name in zip(spec.objectives, _names(slo), strict=True)
    ]  # fmt: skip


def _names(slo: Slo) -> list[str]:
    """The SLO's name; for several objectives with what they are displayed as, or else with a number."""
    name, objectives = slo.metadata.name, slo.spec.objectives
    if len(objectives) == 1:
        return [name]
    titles = [re.sub(r"[^a-z0-9]+", "-", one.display_name.lower()).strip("-") for one in objectives]
    if (
        not all(titles)
        or len(set(titles)) < len(titles)
        or any(len(f"{name}-{one}") > _LONGEST for one in titles)
    ):
        titles = [str(number) for number in range(1, len(objectives) + 1)]
    return [f"{name}-{title}" for title in titles]
