"""A registry that the cluster's nodes can pull from: images are pushed there, and named by their digest.

Who may push is the business of the image builder's own login (``buildah login``, ``docker login``); who may
pull is the cluster's.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from slaharness.errors import BadInput, CommandFailed, StackTrouble
from slaharness.host.progress import step
from slaharness.host.threads import Threads
from slaharness.image import builder
from slaharness.image.archive import Image

LAST_PORT = 65535
#: ``HOST[:PORT][/PATH]``, after ``http://`` for one without TLS.
ADDRESS = re.compile(
    r"(?P<scheme>https?://)?(?P<host>[\w.-]+(?::(?P<port>[0-9]{1,5}))?)"
    r"(?P<path>(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)/?"
)


@dataclass(frozen=True)
class Registry:
    """``host`` with its port; ``path`` is "" or begins with a slash; ``plain``: HTTP without TLS."""

    host: str
    path: str = ""
    plain: bool = False

    @classmethod
    def at(cls, address: str) -> "Registry":
        """``registry.example.org/team`` or ``http://198.18.0.254:5000``. BadInput for others."""
        match = ADDRESS.fullmatch(address)
        if match is None or not 0 < int(match["port"] or 1) <= LAST_PORT:
            raise BadInput(
                f"registry {address!r}: expected HOST[:PORT][/PATH] like registry.example.org/team, "
                "with http:// before it when it has no TLS"
            )
        return cls(match["host"], match["path"], plain=match["scheme"] == "http://")

    def push(self, images: Iterable[Image]) -> tuple[Image, ...]:
        """The same images under the names by which nodes pull them: ``HOST/PATH/NAME@sha256:…``.

        What the registry holds already is not sent again. Raises StackTrouble when it takes one not.
        """
        images = tuple(images)
        with step(f"Images to {self.host}{self.path}") as now, Threads() as pool:
            now.say(", ".join(image.name for image in images))
            return tuple(pool.map(self._pushed, images))

    def _pushed(self, image: Image) -> Image:
        maker = builder.find()
        name, tag = f"{self.host}{self.path}/{image.name}", image.reference.rpartition(":")[2]
        try:
            if not maker.has(image.reference):
                maker.load(image.archive)
            digest = maker.push(image.reference, f"{name}:{tag}", plain=self.plain)
        except CommandFailed as error:
            raise StackTrouble(f"{error}\nwho may push: `{maker.program} login {self.host}`") from error
        return replace(image, reference=f"{name}@{digest}")
