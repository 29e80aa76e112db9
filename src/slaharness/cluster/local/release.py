"""Kubernetes as its project published it: programs fetched from the release site and checked."""

import hashlib
import os
import platform
from pathlib import Path
from urllib.parse import urlsplit

import requests

from slaharness.errors import BadInput, HostTrouble
from slaharness.host import cancellation
from slaharness.host.unreachable import why

SITE = "https://dl.k8s.io"
#: What comes from this machine needs no TLS.
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
#: Seconds to connect, and between two pieces of an answer. A network without the site says so soon.
PATIENCE = (3.0, 30.0)
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
PIECE = 1 << 20


class Unpublished(HostTrouble):
    """The release site cannot be reached, or has no such file."""


def fetch(version: str, program: str, into: Path) -> None:
    """Put ``program`` of Kubernetes ``version`` into a folder, if its SHA-512 is the published one.

    ``SLAHARNESS_RELEASES`` names another site of the same layout. Raises Unpublished, or HostTrouble when
    the sum differs, and BadInput for a site without TLS.
    """
    site = os.environ.get("SLAHARNESS_RELEASES") or SITE
    if not site.startswith("https://") and urlsplit(site).hostname not in LOOPBACK:
        raise BadInput(f"SLAHARNESS_RELEASES={site}: programs are fetched by https:// only")
    url = f"{site}/release/{version}/bin/linux/{ARCHITECTURES[platform.machine()]}/{program}"
    published = _get(f"{url}.sha512").text.split()[0]
    target = into / program
    seen = _save(_get(url), target)
    if seen != published:
        target.unlink()
        raise HostTrouble(
            f"{url}: SHA-512 {seen[:12]}…, published {published[:12]}…: not used; try again later"
        )
    target.chmod(0o755)


def _get(url: str) -> requests.Response:
    try:
        answer = requests.get(url, stream=True, timeout=PATIENCE)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise Unpublished(
            f"cannot fetch {url}: {why(error)}; SLAHARNESS_TOOLCHAIN=build builds it"
        ) from error
    return answer


def _save(answer: requests.Response, target: Path) -> str:
    """Write the body to a file; return its SHA-512."""
    digest = hashlib.sha512()
    try:
        with answer, target.open("wb") as file:
            for piece in answer.iter_content(PIECE):
                cancellation.check()
                digest.update(piece)
                file.write(piece)
    except requests.RequestException as error:
        raise Unpublished(f"{answer.url} broke off: {why(error)}") from error
    return digest.hexdigest()
