"""An image is built when its content is new, and at no other time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from slaharness.errors import BadInput, StackTrouble
from slaharness.image import Image, build


def test_image_is_built_once_and_named_for_its_content(buildah, folder, cache):
    """Twelve digits of the content's hash are its tag, and its archive is in the cache."""
    notes = buildah()
    image = build("api", folder)
    assert image.reference.startswith("localhost/slaharness/api:")
    tag = image.reference.rpartition(":")[2]
    assert len(tag) == 12
    assert image.archive == cache / "images" / f"api-{tag}.tar"
    assert image.archive.read_text() == "an archive\n"
    assert image.reference in notes.of("build")[0]


def test_unchanged_image_starts_no_program(buildah, folder):
    """A second build of the same content does not even ask for a builder."""
    notes = buildah()
    first = build("api", folder)
    notes.clear()
    assert build("api", folder) == first
    assert notes.lines == []


def _edit(folder):
    (folder / "Containerfile").write_text("FROM scratch\nUSER 1\n")


def _add(folder):
    (folder / "app.py").write_text("")


def _make_executable(folder):
    (folder / "Containerfile").chmod(0o755)


@pytest.mark.parametrize("change", [_edit, _add, _make_executable])
def test_change_in_the_folder_makes_another_image(buildah, folder, change):
    """Another text, another file, or another mode is another image."""
    buildah()
    first = build("api", folder)
    change(folder)
    assert build("api", folder).reference != first.reference


def test_base_and_what_is_copied_in_count_as_content(buildah, folder, tmp_path):
    """A new base, or a new program, is a new image; the old one stays in the cache."""
    buildah()
    extra = tmp_path / "tool"
    extra.write_text("1")
    seen = {build("api", folder, args={"BASE": base}).reference for base in ("a:1", "a:2")}
    seen.add(build("api", folder, extra={"tool": extra}).reference)
    extra.write_text("22")
    seen.add(build("api", folder, extra={"tool": extra}).reference)
    assert len(seen) == 4


def test_files_that_python_leaves_behind_do_not_count(buildah, folder):
    """Running the code of a folder does not make another image of it."""
    buildah()
    first = build("api", folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/app.pyc").write_text("")
    assert build("api", folder) == first


def test_base_that_the_builder_forgot_is_loaded_from_its_archive(buildah, folder, tmp_path):
    """The builder's own storage may be emptied at any time."""
    base = build_base(buildah, tmp_path)
    notes = buildah(inspect=1)
    build("api", folder, args={"BASE": base.reference})
    loaded = [line for line in notes.of("pull") if f"oci-archive:{base.archive}" in line]
    assert loaded
    assert notes.lines.index(loaded[0]) < notes.lines.index(notes.of("build")[-1])


def build_base(buildah, tmp_path):
    buildah()
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "Containerfile").write_text("FROM scratch\n")
    return build("base", folder)


def test_reference_leads_back_to_the_archive(buildah, folder):
    """So that a base can be named by its reference alone."""
    buildah()
    image = build("api", folder)
    assert Image.called(image.reference) == image


def test_two_images_are_built_side_by_side(buildah, folder, tmp_path):
    """Neither disturbs the other."""
    buildah()
    other = tmp_path / "edge"
    other.mkdir()
    (other / "Containerfile").write_text("FROM scratch\n")
    with ThreadPoolExecutor(2) as pool:
        images = list(pool.map(build, ["api", "edge"], [folder, other]))
    assert [image.archive.exists() for image in images] == [True, True]


def test_failed_build_shows_the_end_of_its_log_and_leaves_no_archive(program, buildah, folder, cache):
    """What the build itself said is in the error."""
    buildah()
    program(
        "buildah", '#!/bin/sh\ncase "$*" in *" build "*) echo "E: no such package" >&2; exit 100;; esac\n'
    )
    with pytest.raises(StackTrouble, match="no such package"):
        build("api", folder)
    assert [path for path in (cache / "images").iterdir() if not path.name.endswith(".lock")] == []


def test_folder_without_a_containerfile_is_bad_input(tmp_path):
    """A wrong path is told at once."""
    with pytest.raises(BadInput, match="no Containerfile"):
        build("api", tmp_path)
