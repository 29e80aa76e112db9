"""Images in a registry: pushed under their tag, named by their digest."""

import pytest

from slaharness.errors import BadInput, StackTrouble
from slaharness.image import Registry, build

DIGEST = "sha256:" + 64 * "a"


def test_an_image_is_pushed_under_its_tag_and_named_by_the_digest_that_the_registry_has(buildah, folder):
    """A tag can be moved to another content; a digest cannot."""
    notes = buildah()
    image = build("api", folder)
    (pushed,) = Registry.at("registry.example.org/team").push([image])
    assert pushed.reference == f"registry.example.org/team/api@{DIGEST}"
    assert (pushed.name, pushed.archive) == (image.name, image.archive)
    tag = image.reference.rpartition(":")[2]
    assert notes.lines[-1].endswith(f" registry.example.org/team/api:{tag}")
    assert "--tls-verify=false" not in notes.lines[-1]


def test_an_image_that_the_builder_forgot_is_pushed_from_its_archive(buildah, folder):
    """The builder's own storage may be emptied at any time."""
    buildah()
    image = build("api", folder)
    notes = buildah(inspect=1)
    notes.clear()
    Registry.at("registry.example.org").push([image])
    assert f"oci-archive:{image.archive}" in notes.of("pull")[0]


def test_only_a_registry_that_is_called_plain_is_spoken_to_without_tls(buildah, folder):
    """Never as a second try: whoever could listen could answer in its place."""
    notes = buildah()
    Registry.at("http://198.18.0.254:5000").push([build("api", folder)])
    assert "--tls-verify=false" in notes.lines[-1]


def test_a_push_that_fails_says_who_may_push(program, buildah, folder):
    """With the builder's own words."""
    buildah()
    image = build("api", folder)
    program("buildah", '#!/bin/sh\ncase "$*" in *" push "*) echo "unauthorized" >&2; exit 1;; esac\n')
    with pytest.raises(StackTrouble, match=r"(?s)unauthorized.*buildah login registry.example.org"):
        Registry.at("registry.example.org").push([image])


def test_a_push_that_names_no_digest_is_no_push(buildah, folder):
    """Pods could not be told what to pull."""
    buildah(digest="done")
    with pytest.raises(StackTrouble, match="named no digest: done"):
        Registry.at("registry.example.org").push([build("api", folder)])


@pytest.mark.parametrize(
    ("address", "host", "path", "plain"),
    [
        ("registry.example.org", "registry.example.org", "", False),
        ("https://registry.example.org/team/", "registry.example.org", "/team", False),
        ("http://198.18.0.254:5000/a/b-c", "198.18.0.254:5000", "/a/b-c", True),
    ],
)
def test_an_address_is_taken_apart(address, host, path, plain):
    """As people write it."""
    assert Registry.at(address) == Registry(host, path, plain)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/team",
        "ftp://registry",
        "registry/Team",
        "registry:port",
        "registry/a b",
        "registry//a",
        "registry:0",
        "registry:65536",
        "registry:99999",
    ],
)
def test_an_address_that_is_none_is_bad_input(address):
    """In one line that shows one that is."""
    with pytest.raises(BadInput, match=r"expected HOST\[:PORT\]\[/PATH\] like registry.example.org/team"):
        Registry.at(address)
