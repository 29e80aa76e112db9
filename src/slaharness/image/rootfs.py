"""A Debian file system made from packages alone, for where no registry answers."""

from pathlib import Path

from slaharness.host import command
from slaharness.image.platform import Platform

#: Seconds; 40 seen on two busy cores.
WITHIN = 600.0
SUITE = "bookworm"
OS_RELEASE = Path("/etc/os-release")
#: The host's own list of mirrors, used when the host is of the same suite.
HOST_SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))


def make(options: Path, archive: Path, platform: Platform | None) -> None:
    """Write a tar of a Debian file system, as the options in the file ``options`` say, one a line."""
    given = [line for line in options.read_text().splitlines() if line.startswith("--")]
    given += [f"--architectures={platform.architecture}"] if platform else []
    command.run(
        ["mmdebstrap", "--quiet", *given, SUITE, archive, *mirror()],
        purpose="making the base image's file system",
        within=WITHIN,
    )


def mirror() -> list[Path]:
    """Nothing, which means Debian's own, unless the host has a list that fits."""
    if f"VERSION_CODENAME={SUITE}" not in OS_RELEASE.read_text().split():
        return []
    return [path for path in HOST_SOURCES if path.is_file()][:1]
