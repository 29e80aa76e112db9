"""What an image is built from: the folder's files, what is copied in, and what the host fetches for it."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from slaharness.errors import CommandFailed, StackTrouble
from slaharness.host import cache, command, golang, paths
from slaharness.image import rootfs
from slaharness.image.platform import Platform

#: Seconds for one fetch: hundreds of jars over a slow line.
FETCH = 900.0
#: The Python of the base image (Debian 12), for which wheels are chosen whatever Python runs this.
PYTHON = "3.11"
#: The C libraries that such wheels may ask for: pip does not work out the older ones itself.
GLIBC = ("2_36", "2_34", "2_28", "2_17")
#: How a file of requirements says what a package's content is.
HASH = "--hash="
#: Beside a pom.xml: the SHA-512 of each jar that it brings, as sha512sum writes them.
JARS = "jars.sha512"
#: Never part of an image.
IGNORED = ("__pycache__", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache")

#: Every repository but Central points at an empty folder: poms name others, many long gone, and Maven asks
#: them all. A mirror of Central in the user's own settings.xml still goes first.
CENTRAL_ONLY = """<settings><mirrors><mirror>
<id>nowhere</id><mirrorOf>*,!central</mirrorOf><url>{nowhere}</url>
</mirror></mirrors></settings>
"""


def _pip(file: Path, into: Path, platform: Platform | None) -> None:
    """Wheels only: building from source would need compilers, and give the host's Python's binaries.

    Where the file has hashes, every package needs one: what comes is then what was once looked at.
    """
    hashed = ["--require-hashes"] if HASH in file.read_text() else []
    tags = [f"--platform=manylinux_{glibc}_{platform.kernel}" for glibc in GLIBC] if platform else []
    command.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--target", into, "--only-binary=:all:", *tags,
         "--python-version", PYTHON, "--implementation", "cp", *hashed, "--requirement", file],
        purpose=f"fetching the Python packages of {file}", within=FETCH,
    )  # fmt: skip


def _maven(file: Path, into: Path, _platform: Platform | None) -> None:
    """``pom.xml`` decides what comes; jars are for every machine.

    Where their hashes are beside it, those jars and no others come. (Maven itself compares with what the
    repository says of its own files, and older ones know no list of ours.)
    """
    nowhere = into.parent / "nowhere"
    nowhere.mkdir()
    settings = into.parent / "settings.xml"
    settings.write_text(CENTRAL_ONLY.format(nowhere=nowhere.as_uri()))
    command.run(
        ["mvn", "--batch-mode", "--quiet", "--global-settings", settings, "--file", file,
         "dependency:copy-dependencies", f"-DoutputDirectory={into}", "-DincludeScope=runtime"],
        purpose=f"fetching the jars of {file}", within=FETCH,
    )  # fmt: skip
    if (wanted := file.with_name(JARS)).is_file():
        _compare(into, wanted)


def _compare(jars: Path, wanted: Path) -> None:
    """Raise CommandFailed for the first that is not as ``wanted`` says."""
    known = {name: digest for digest, name in (line.split() for line in wanted.read_text().splitlines())}
    seen = {file.name: hashlib.sha512(file.read_bytes()).hexdigest() for file in jars.iterdir()}
    if wrong := sorted(name for name, _ in known.items() ^ seen.items()):
        raise CommandFailed(
            f"fetched: {_hash(seen, wrong[0])}; {wanted} says: {_hash(known, wrong[0])}: not used; "
            "where the pom was changed on purpose, write that file anew with sha512sum"
        )


def _hash(jars: Mapping[str, str], name: str) -> str:
    return f"{name} with SHA-512 {jars[name][:12]}…" if name in jars else f"no {name}"


def _go(file: Path, into: Path, platform: Platform | None) -> None:
    """The programs that the module's ``tool`` lines name, static: they run on any base."""
    golang.install_tools(file.parent, into, (), platform.architecture if platform else "")


@dataclass(frozen=True)
class Fetch:
    """A file in an image's folder that asks for something of the host, and where in the context that goes.

    ``reads`` are patterns of further files of the folder that decide what comes.
    """

    asked_by: str
    name: str
    get: Callable[[Path, Path, Platform | None], None]
    reads: tuple[str, ...] = ()


FETCHES = (
    Fetch("requirements.txt", "site", _pip),
    Fetch("pom.xml", "lib", _maven, reads=(JARS,)),
    Fetch("mmdebstrap.txt", "rootfs.tar", rootfs.make),
    Fetch("go.mod", "bin", _go, reads=("go.sum", "**/*.go")),
)


def files(root: Path) -> Iterator[Path]:
    """Every file under ``root``, or ``root`` itself when it is one, always in the same order."""
    if root.is_file():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - set(IGNORED))
        yield from (Path(folder, name) for name in sorted(names))


def assemble(
    folder: Path,
    extra: Mapping[str, Path],
    into: Path,
    say: Callable[[str], None],
    platform: Platform | None = None,
) -> Path:
    """Make the build context of ``folder`` at ``into``, and return it.

    Raises StackTrouble when a fetch fails.
    """
    _copy(folder, into)
    for name, path in extra.items():
        _copy(path, into / name)
    for fetch in FETCHES:
        if (asking := folder / fetch.asked_by).is_file():
            say(f"fetching what {fetch.asked_by} names")
            _copy(_fetched(fetch, asking, platform), into / fetch.name)
    return into


def _fetched(fetch: Fetch, asking: Path, platform: Platform | None) -> Path:
    """From the cache when the same file asked before: only a changed one costs a download or a build."""
    others = (path for pattern in fetch.reads for path in sorted(asking.parent.glob(pattern)))
    content = b"".join(path.read_bytes() for path in (asking, *others))
    content += platform.words.encode() if platform else b""
    key = hashlib.sha256(content).hexdigest()[:12]

    def fill(scratch: Path) -> Path:
        try:
            fetch.get(asking, scratch / fetch.name, platform)
        except CommandFailed as error:
            raise StackTrouble(str(error)) from error
        return scratch / fetch.name

    return cache.entry(paths.CACHE / "fetched" / f"{key}-{fetch.name}", fill)


def _copy(source: Path, target: Path) -> None:
    """Hard links where they can be had: a context may hold hundreds of megabytes that nobody writes to."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        _link(source, target)
    else:
        shutil.copytree(
            source, target, symlinks=True, copy_function=_link, ignore=shutil.ignore_patterns(*IGNORED),
            dirs_exist_ok=True,
        )  # fmt: skip


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system
        shutil.copy2(source, target, follow_symlinks=False)
