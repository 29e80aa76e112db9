"""What an experiment's ``${names}`` stand for: configuration, secrets, ``--var`` and ``--var-file``."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaoslib import convert_to_type, convert_vars, substitute

from slaharness.chaos.allowed import Allowed
from slaharness.chaos.format.source import ENDINGS, Wrong, read
from slaharness.errors import BadInput

#: What stands for a value that is known only when the experiment runs.
LATER = "(known when it runs)"
#: What chaosk8s takes from secrets and the environment to choose a cluster, and a way to it.
OTHER_CLUSTER = re.compile(r"KUBERNETES_\w+|KUBECONFIG|CHAOSTOOLKIT_IN_POD")
#: The variable in which every experiment finds the id of its run.
RUN_ID = "RUN_ID"
NO_VAULT = "Vault is not asked from here; hand the secret over in the environment (type: env)"
_NAME = re.compile(r"[_a-z][_a-z0-9]*", re.ASCII | re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
#: In the place of ``$$``, which stands for a plain ``$``, while variables are filled in.
_DOLLAR = "\x00"


@dataclass(frozen=True)
class Given:
    """What the command line says: values that replace those of an experiment, and of its environment."""

    configuration: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


NOTHING = Given()
#: What a file of variables holds.
PARTS = ("configuration", "secrets")


def given(words: Sequence[str], files: Sequence[Path] = ()) -> Given:
    """From ``name[:type]=value`` and from files, the later one winning. Raises BadInput."""
    configuration: dict[str, Any] = {}
    secrets: dict[str, Any] = {}
    environment: dict[str, str] = {}
    for file in files:
        if file.suffix == ".env" or file.name == ".env":
            environment |= _dotenv(file)
            continue
        data = _var_file(file)
        configuration.update(_part(file, data, "configuration"))
        secrets.update(_part(file, data, "secrets"))
    for word in words:
        configuration |= _word(word)
    return Given(configuration, secrets, environment)


def _word(word: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = convert_vars([word])
    except ValueError as error:
        why = f"{error}; " if "=" in word else ""
        raise BadInput(f"--var {word}: {why}write name=value or name:int=value") from error
    return found


def all_known(said: Given, configured: Iterable[frozenset[str]]) -> None:
    """Raise BadInput for a value of a name that no experiment has in its configuration or secrets."""
    known = frozenset[str]().union(*configured)
    if unknown := sorted((said.configuration.keys() | said.secrets.keys()) - known):
        there = ", ".join(sorted(known)) or "none"
        raise BadInput(f"--var {unknown[0]}: no experiment has a variable of that name; there are: {there}")


def _var_file(file: Path) -> Mapping[str, Any]:
    if file.suffix not in ENDINGS:
        raise BadInput(f"--var-file {file}: its name ends in {', '.join(ENDINGS)} or .env")
    data = read(file, f"a file of variables is a mapping with {' and '.join(PARTS)}").data
    if unknown := sorted(map(str, data.keys() - {*PARTS})):
        raise BadInput(
            f"--var-file {file}: {unknown[0]}: Chaos Toolkit reads only {' and '.join(PARTS)} there"
        )
    return data


def _part(file: Path, data: Mapping[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(part := data.get(name, {}), dict):
        raise BadInput(f"{file}: {name} is a mapping of names to values")
    return part


def _dotenv(file: Path) -> dict[str, str]:
    try:
        lines = [line.strip() for line in file.read_text().splitlines()]
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: cannot be read: {error}") from error
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    if wrong := next((name for name, equals, _ in pairs if not equals), None):
        raise BadInput(f"{file}: {wrong!r} is not NAME=value")
    return {name: value for name, _, value in pairs}


@dataclass(frozen=True)
class Variables:
    """``values`` by name, ``groups`` of secrets, and which ``environment`` variables are asked for."""

    values: Mapping[str, Any]
    groups: frozenset[str]
    environment: frozenset[str]

    def fill(self, where: str, value: Any) -> Any:
        """Replace ``${names}``, as Chaos Toolkit will. Raises Wrong when one would be left."""
        filled = substitute(_each_text(value, lambda text: text.replace("$$", _DOLLAR)), self.values, {})
        for place, text in texts(where, filled):
            if left := _VARIABLE.search(text):
                raise Wrong(place, self._why(left[1]))
        return _each_text(filled, lambda text: text.replace(_DOLLAR, "$"))

    def _why(self, name: str) -> str:
        if name in self.values and not _NAME.fullmatch(name):
            return f"${{{name}}} stays as it is: a variable's name is of letters, digits and underscores"
        if name in self.values:
            return f"${{{name}}} stands in the value of a variable, where Chaos Toolkit fills in none"
        return f"nothing in the configuration is called {name!r}"


def plain(where: str, value: Any) -> None:
    """Raise Wrong for a variable where Chaos Toolkit fills in none."""
    for place, text in texts(where, value):
        if found := _VARIABLE.search(text):
            raise Wrong(place, f"Chaos Toolkit fills no variables into this field, so {found[0]} would stay")


def texts(where: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each text inside a value, with its place."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(f"{where}.{key}", inner)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from texts(f"{where}[{at}]", inner)


def _each_text(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _each_text(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_each_text(inner, change) for inner in value]
    return value


def load(
    configuration: Mapping[str, Any], secrets: Mapping[str, Any], said: Given, allowed: Allowed
) -> Variables:
    """Raise Wrong for what cannot be had, naming the field."""
    environ, asked = {**os.environ, **said.environment}, set[str]()
    later = dict.fromkeys(_secrets(secrets, said, environ, asked), LATER)
    values = {
        name: _value(f"configuration.{name}", said.configuration.get(name, value), environ, asked, allowed)
        for name, value in configuration.items()
    }
    return Variables({**later, **values}, frozenset(secrets), frozenset(asked))


def _value(where: str, value: Any, environ: Mapping[str, str], asked: set[str], allowed: Allowed) -> Any:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "probe":
        if not allowed.dynamic_configuration:
            raise Wrong(
                where,
                "comes from a probe, so what is aimed at would be known only when it runs; "
                "dynamic_configuration = true in the settings' [faults] allows that",
            )
        return LATER
    if kind == "vault":
        raise Wrong(where, NO_VAULT)
    if kind != "env":
        return value
    key = _key(where, value, asked)
    if key == RUN_ID and "default" not in value:
        return LATER
    if key not in environ and "default" not in value:
        raise Wrong(where, f"the environment has no {key}")
    try:
        return convert_to_type(value.get("env_var_type"), environ.get(key, value.get("default")))
    except (ValueError, TypeError, AttributeError) as error:
        raise Wrong(where, f"{key} is no {value.get('env_var_type')}: {error}") from error


def _key(where: str, value: Mapping[str, Any], asked: set[str]) -> str:
    key = value.get("key")
    if not isinstance(key, str) or not key:
        raise Wrong(f"{where}.key", "is missing: the name of the environment variable")
    if OTHER_CLUSTER.fullmatch(key):
        raise Wrong(f"{where}.key", f"{key} would choose another cluster than the one that faults may touch")
    asked.add(key)
    return key


def _secrets(
    secrets: Mapping[str, Any], said: Given, environ: Mapping[str, str], asked: set[str]
) -> Iterator[str]:
    """Names of secrets: what they hold is not looked at."""
    for group, held in {
        **secrets,
        **{key: said.secrets[key] for key in secrets if key in said.secrets},
    }.items():
        if not isinstance(held, dict) or "type" in held:
            raise Wrong(f"secrets.{group}", "is a group: a mapping of names to values")
        for name, value in held.items():
            where = f"secrets.{group}.{name}"
            if OTHER_CLUSTER.fullmatch(str(name)):
                raise Wrong(where, f"{name} would choose another cluster than the one that faults may touch")
            _secret(where, value, environ, asked)
            yield str(name)


def _secret(where: str, value: Any, environ: Mapping[str, str], asked: set[str]) -> None:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "vault":
        raise Wrong(where, NO_VAULT)
    if kind == "env" and (key := _key(where, value, asked)) not in environ:
        raise Wrong(where, f"the environment has no {key}")
    if kind is None and isinstance(value, dict):
        for name, inner in value.items():
            _secret(f"{where}.{name}", inner, environ, asked)
