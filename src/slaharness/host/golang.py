"""The Go compiler on this machine, and building a module's pinned tools with it."""

import re
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from slaharness.errors import CommandFailed, HostTrouble
from slaharness.host import command

#: The oldest Go that knows ``tool`` lines in go.mod, and that the pinned modules allow.
OLDEST = (1, 24)
#: sudo's PATH lacks the folder that Go's own installation goes to.
ELSEWHERE = "/usr/local/go/bin:/snap/bin"
#: Seconds: a question; a build on a slow machine (Kubernetes took 330 on two busy cores).
ASK, BUILD = 20.0, 2400.0
#: Only what this machine has: a build must not fetch another compiler behind one's back.
ENVIRONMENT = {"GOTOOLCHAIN": "local", "GOWORK": "off"}


@cache
def compiler() -> Path:
    """Raise HostTrouble when there is no Go, or one too old."""
    wanted = f"Go ≥ {OLDEST[0]}.{OLDEST[1]} is needed to build Kubernetes and its addons"
    cure = "install it (https://go.dev/doc/install, or a distribution's package that is new enough)"
    found = shutil.which("go") or shutil.which("go", path=ELSEWHERE)
    if found is None:
        raise HostTrouble(f"{wanted}, and there is none; {cure}")
    version = command.run(
        [found, "env", "GOVERSION"], purpose="asking Go's version", within=ASK, env=ENVIRONMENT
    )
    if _number(version) < OLDEST:
        raise HostTrouble(f"{wanted}, and {found} is {version.strip()}; {cure}")
    return Path(found)


def _number(version: str) -> tuple[int, ...]:
    """``go1.24.3`` as (1, 24); nothing for a development build, which then counts as too old."""
    match = re.match(r"go(\d+)\.(\d+)", version)
    return tuple(map(int, match.groups())) if match else ()


def install_tools(module: Path, into: Path, stamps: Sequence[str]) -> None:
    """Build every ``tool`` of the module's go.mod, static and without debug tables, into a folder.

    ``stamps`` are ``name=value`` for the linker. Raises HostTrouble with the end of the compiler's output.
    """
    words = " ".join(["-s", "-w", *(f"-X {stamp}" for stamp in stamps)])
    _go(
        module, f"building {module.name}",
        "install", "-trimpath", "-buildvcs=false", "-ldflags", words, "tool",
        GOBIN=str(into), CGO_ENABLED="0",
    )  # fmt: skip


def sources(module: Path) -> dict[str, Path]:
    """The folders of the modules that the ``tool`` lines of a go.mod name, by module path. Read-only.

    Raises HostTrouble when Go cannot fetch one.
    """
    said = _go(
        module, f"finding the modules of {module.name}",
        "list", "-f", "{{.Module.Path}} {{.Module.Dir}}", "tool",
    )  # fmt: skip
    return {path: Path(folder) for path, folder in map(str.split, said.splitlines())}


def _go(module: Path, purpose: str, *words: str, **env: str) -> str:
    """What Go says when it is run in the module's folder."""
    try:
        return command.run(
            [compiler(), *words], purpose=purpose, within=BUILD, cwd=module, env={**ENVIRONMENT, **env}
        )
    except CommandFailed as error:
        raise HostTrouble(f"{error}\nGo needs a module proxy it can reach: `go env GOPROXY`") from error
