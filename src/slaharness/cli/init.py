"""``slaharness init``: a project that runs as it stands, about one's own application or an example stack."""

import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from slaharness.errors import BadInput

TEMPLATES = Path(__file__).parent / "templates"
#: The template that is filled in; each other one is a whole project with a stack of its own.
EXISTING = "existing"
#: What such a project has beside its settings and the folder of its stack.
PARTS = ("scenarios", "experiments", "loadprofiles")
SETTINGS = "slaharness.toml"
CHECKOUT = Path(__file__).resolve().parents[3]
#: What a template calls otherwise than the project: git would heed it where it lies.
RENAMED = {"gitignore": ".gitignore"}
IGNORED = shutil.ignore_patterns("__pycache__", ".*")
#: A name as Kubernetes has it.
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def _whole() -> dict[str, Path]:
    """Projects whose stack is a package, by its name: below TEMPLATES in the wheel, the one of a checkout."""
    folders = [*(one for one in TEMPLATES.iterdir() if one.name != EXISTING), CHECKOUT]
    found = [one for one in folders if (one / SETTINGS).is_file()]
    return {_settings(one)["stack"]["object"].partition(".")[0]: one for one in found}


def _settings(project: Path) -> Any:
    return tomllib.loads((project / SETTINGS).read_text())


WHOLE = _whole()


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--app", metavar="URL", help="Where users go, as pods reach it (http://NAME.NAME.svc).")
@click.option("--namespace", metavar="NS", help="Where the application lives (NAME).")
@click.option("--prometheus", metavar="URL", help="Its Prometheus (http://prometheus.monitoring.svc:9090).")
@click.option("--selector", metavar="LABEL=VALUE", help="The pods to kill (app.kubernetes.io/name=NAME).")
@click.option(
    "--template", type=click.Choice([EXISTING, *WHOLE]), default=EXISTING, show_default=True,
    help="existing: an application that runs already; else an example, with a stack to be deployed.",
)  # fmt: skip
def init(folder: Path, template: str, **given: str | None) -> None:
    """Write a project into DIR, whose last part is its NAME: settings, a scenario, what it needs."""
    if folder.is_dir() and any(folder.iterdir()):
        raise BadInput(f"{folder}: there is something in it already; name a new folder")
    if template in WHOLE:
        if asked := [f"--{name}" for name, value in given.items() if value]:
            raise BadInput(f"{', '.join(asked)}: only for a project about an existing application")
        _copy(template, folder)
    else:
        _fill(folder, _words(folder.resolve().name, **given))
    click.echo(f"{folder} is written; next: cd {folder} && slaharness list")


def _words(
    name: str, app: str | None, namespace: str | None, prometheus: str | None, selector: str | None
) -> Mapping[str, str]:
    """What the template's words stand for. BadInput for what could never be one of them."""
    namespace = namespace or name
    for word, value in (("DIR", name), ("--namespace", namespace)):
        if not NAME.fullmatch(value):
            raise BadInput(f"{word} {value!r}: expected a name of lower-case letters, digits and dashes")
    selector = selector or f"app.kubernetes.io/name={name}"
    if not re.fullmatch(r"[\w./-]+=[\w.-]+(,[\w./-]+=[\w.-]+)*", selector):
        raise BadInput(f"--selector {selector!r}: expected LABEL=VALUE")
    return {
        "name": name,
        "namespace": namespace,
        "app": _url("--app", app or f"http://{name}.{namespace}.svc"),
        "prometheus": _url("--prometheus", prometheus or "http://prometheus.monitoring.svc:9090"),
        "selector": selector,
    }


def _url(option: str, text: str) -> str:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for one that is no number
    except ValueError:
        parts = urlsplit("")
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or not re.fullmatch(r"[!-~]+", text)
        or '"' in text
    ):
        raise BadInput(f"{option} {text!r}: expected a URL like http://NAME.NAMESPACE.svc:8080")
    return text.rstrip("/")


def _fill(folder: Path, words: Mapping[str, str]) -> None:
    source = TEMPLATES / EXISTING
    for file in _files(source):
        target = folder / file.relative_to(source).with_name(RENAMED.get(file.name, file.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text()
        for word, value in words.items():
            text = text.replace("{{" + word + "}}", value)
        target.write_text(text)


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file() and "__pycache__" not in file.parts)


def _copy(template: str, folder: Path) -> None:
    source = WHOLE[template]
    folder.mkdir(parents=True, exist_ok=True)
    for part in (template, *PARTS):
        shutil.copytree(source / part, folder / part, ignore=IGNORED)
    shutil.copyfile(source / SETTINGS, folder / SETTINGS)
    shutil.copyfile(TEMPLATES / EXISTING / "gitignore", folder / ".gitignore")
