"""The program that builds images: buildah, podman or docker, whichever works here."""

import fcntl
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from slaharness.errors import CommandFailed, HostTrouble, StackTrouble
from slaharness.host import command, paths
from slaharness.image.platform import Platform

#: Seconds: a question to the builder, moving an image in or out, a whole build or push.
ASK, MOVE, BUILD = 20.0, 300.0, 900.0
FOREIGN = "exec format error"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Builder:
    """How one program says each thing. ``{reference}`` and ``{archive}`` are filled in."""

    program: str
    works: Sequence[str]
    inspect: Sequence[str]
    build_options: Sequence[str]
    save_words: Sequence[str]
    load_words: Sequence[str]
    #: Prints the manifest's digest, last; ``plain`` are the words that allow HTTP without TLS.
    push_words: Sequence[str]
    plain: Sequence[str] = ()
    options: Sequence[str] = ()
    #: Removes the working containers of builds, where the storage is ours alone.
    tidy: Sequence[str] = ()

    def answers(self) -> bool:
        """Whether it is installed and does work: a docker client without an engine does not."""
        if shutil.which(self.program) is None:
            return False
        try:
            self._run(self.works, f"asking whether {self.program} works", ASK)
        except CommandFailed:
            return False
        return True

    def has(self, reference: str) -> bool:
        """Whether the image is in the builder's own storage."""
        try:
            self._run([*self.inspect, reference], f"looking for {reference}", ASK)
        except CommandFailed:
            return False
        return True

    def pull(self, reference: str, *, within: float) -> None:
        """Fetch an image from its registry. Raises CommandFailed after ``within`` seconds at the latest."""
        self._run(["pull", reference], f"pulling {reference}", within)

    def build(
        self, context: Path, reference: str, args: Mapping[str, str], platform: Platform | None = None
    ) -> None:
        """Build the context's Containerfile as ``reference``. Raises StackTrouble with the log's end."""
        given = [word for name, value in args.items() for word in ("--build-arg", f"{name}={value}")]
        file = context / "Containerfile"
        given += ["--platform", platform.words] if platform else []
        words = ["build", *self.build_options, "--file", str(file), "--tag", reference, *given, str(context)]
        try:
            with self._in_use():
                self._run(words, f"building {reference}", BUILD)
        except CommandFailed as error:
            raise StackTrouble(_with_cure(str(error))) from error

    def save(self, reference: str, archive: Path) -> None:
        """Write an image to an archive that containerd can import."""
        words = [word.format(reference=reference, archive=archive) for word in self.save_words]
        self._run(words, f"saving {reference}", MOVE)

    def load(self, archive: Path) -> None:
        """Read an image from an archive that ``save`` wrote."""
        self._run([word.format(archive=archive) for word in self.load_words], f"loading {archive}", MOVE)

    def push(self, reference: str, destination: str, *, plain: bool) -> str:
        """Push an image of the storage as ``destination``; return its manifest's digest there.

        Who may push is for the program's own login to say. Raises CommandFailed.
        """
        self._run(["tag", reference, destination], f"naming {destination}", ASK)
        words = [*self.push_words, *(self.plain if plain else ()), destination]
        said = self._run(words, f"pushing {destination}", BUILD)
        if not (digests := DIGEST.findall(said)):
            raise CommandFailed(f"pushing {destination}: {self.program} named no digest: {said.strip()}")
        return str(digests[-1])

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        """Share the storage with other builds. Who finds it unused first removes what killed builds left."""
        with (paths.CACHE / f"{self.program}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self.tidy:
                    self._run(self.tidy, "removing what killed builds left", ASK)
            except BlockingIOError:
                pass
            fcntl.flock(file, fcntl.LOCK_SH)
            yield

    def _run(self, words: Sequence[str], purpose: str, within: float) -> str:
        return command.run([self.program, *self.options, *words], purpose=purpose, within=within)


#: In storage of its own, so that the user's containers are never touched and the cache can be deleted whole.
#: chroot isolation needs nothing of the kernel that a container host or a sandbox may lack.
BUILDAH = Builder(
    "buildah",
    options=("--root", str(paths.CACHE / "buildah"), "--runroot", str(paths.RUN / "buildah")),
    works=("info",),
    inspect=("inspect", "--type", "image"),
    build_options=("--isolation", "chroot", "--layers", "--force-rm"),
    save_words=("push", "--quiet", "{reference}", "oci-archive:{archive}:{reference}"),
    load_words=("pull", "--quiet", "oci-archive:{archive}"),
    push_words=("push", "--quiet", "--digestfile", "/dev/stdout"),
    plain=("--tls-verify=false",),
    tidy=("rm", "--all"),
)
PODMAN = Builder(
    "podman",
    works=("info",),
    inspect=("image", "inspect"),
    build_options=("--isolation", "chroot", "--layers", "--force-rm"),
    save_words=("save", "--quiet", "--format", "oci-archive", "--output", "{archive}", "{reference}"),
    load_words=("load", "--quiet", "--input", "{archive}"),
    push_words=("push", "--quiet", "--digestfile", "/dev/stdout"),
    plain=("--tls-verify=false",),
)
#: Since version 25 its archives are OCI layouts too; containerd imports older ones as well.
DOCKER = Builder(
    "docker",
    works=("version",),
    inspect=("image", "inspect"),
    build_options=(),
    save_words=("save", "--output", "{archive}", "{reference}"),
    load_words=("load", "--quiet", "--input", "{archive}"),
    push_words=("push",),  # over HTTP only where its engine's own configuration allows that
)


def _with_cure(log: str) -> str:
    """What the kernel says of another machine's program means that an emulator is missing."""
    if FOREIGN not in log.lower():
        return log
    return f"{log}\nprograms of another platform run here by an emulator: apt-get install qemu-user-static"


@cache
def find() -> Builder:
    """The first builder that works. Raises HostTrouble when there is none."""
    for builder in (BUILDAH, PODMAN, DOCKER):
        if builder.answers():
            return builder
    raise HostTrouble("no image builder works here (buildah, podman, docker): apt-get install buildah")
