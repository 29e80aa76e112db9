"""``slaharness images``: which there are, where they went, and by which reference pods name them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from slaharness.cli import cli, images
from slaharness.errors import BadInput
from slaharness.image import Image, Platform
from slaharness.stack.protocol import ImageSource

Say = Callable[..., list[dict[str, str]]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, Platform | None]]:
    """A stack of two images; what was built, each with the platform."""
    made: list[tuple[str, Platform | None]] = []

    def image(name: str, platform: Platform | None = None) -> Image:
        made.append((name, platform))
        return Image(name, f"localhost/slaharness/{name}:1", tmp_path / f"{name}.tar")

    stack = {name: ImageSource(tmp_path / name) for name in ("api", "edge")}
    _stack(monkeypatch, stack)
    monkeypatch.setattr(images.images, "make", lambda _, names, on: tuple(image(name, on) for name in names))
    return made


def _stack(monkeypatch: pytest.MonkeyPatch, sources: Mapping[str, ImageSource], registry: str = "") -> None:
    stack, load = SimpleNamespace(images=lambda: sources), SimpleNamespace(registry=registry)
    told = SimpleNamespace(load=load, stack=None, faults=SimpleNamespace(modules=[]))
    project = SimpleNamespace(stack=stack, settings=told, root=Path("/nowhere"))
    monkeypatch.setattr(images.settings, "here", lambda: project)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """What the command prints as JSON."""

    def run(*words: str) -> list[dict[str, str]]:
        cli(["images", *words, "--json"], standalone_mode=False)
        found: list[dict[str, str]] = json.loads(capsys.readouterr().out)
        return found

    return run


def test_all_images_are_built_the_loads_own_too(asked: list[tuple[str, Platform | None]], say: Say) -> None:
    """Unless some are named; the harness's own only where it is."""
    assert [one["name"] for one in say("build")] == ["api", "edge", "load-prometheus", "locust"]
    assert [one["name"] for one in say("build", "edge")] == ["edge"]
    assert [one["name"] for one in say("build", "harness")] == ["harness"]
    assert [name for name, _ in asked] == ["api", "edge", "locust", "load-prometheus", "edge", "harness"]


def test_the_platform_is_that_of_every_image(asked: list[tuple[str, Platform | None]], say: Say) -> None:
    """A cluster of another machine's kind can run none of the others."""
    for platform in ("linux/amd64", "linux/arm64"):
        say("build", "--platform", platform)
    assert len({on for _, on in asked if on}) == 1
    assert [on for _, on in asked].count(None) == 4


@pytest.mark.usefixtures("asked")
def test_what_is_pushed_is_printed_as_pods_must_name_it(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the registry's own digest."""

    def push(registry: images.Registry, found: tuple[Image, ...]) -> tuple[Image, ...]:
        return tuple(Image(one.name, f"{registry.host}/{one.name}@sha256:1", one.archive) for one in found)

    monkeypatch.setattr(images.Registry, "push", push)
    (api,) = say("push", "api", "--registry", "registry.example.org")
    assert api["reference"] == "registry.example.org/api@sha256:1"
    with pytest.raises(BadInput, match="no registry: name one by --registry"):
        say("push", "api")
    _stack(monkeypatch, {"edge": ImageSource(Path("edge"))}, registry="settings.example.org")
    (edge,) = say("push", "edge")
    assert edge["reference"] == "settings.example.org/edge@sha256:1"


@pytest.mark.usefixtures("asked")
def test_an_image_that_is_not_there_is_refused_with_those_that_are() -> None:
    """Before anything is built."""
    with pytest.raises(BadInput, match="no image egde; there are: api, edge, locust, load-prometheus"):
        cli(["images", "build", "egde"], standalone_mode=False)


def test_the_list_says_what_is_built_and_what_is_not(
    say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And builds nothing for it."""
    built, other = (Image(name, f"{name}:1", tmp_path / f"{name}.tar") for name in ("api", "edge"))
    built.archive.touch()
    _stack(monkeypatch, {})
    monkeypatch.setattr(images.images, "planned", lambda _: {"api": built, "edge": other, "slow": None})
    assert say("list") == [
        {"name": "api", "reference": "api:1", "archive": str(built.archive)},
        {"name": "edge", "reference": "edge:1", "archive": ""},
        {"name": "slow", "reference": "", "archive": ""},
    ]
