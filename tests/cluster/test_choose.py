"""Only clusters that were released for faults can be chosen."""

import subprocess
import sys
from pathlib import Path

import pytest

from slaharness.cluster import choose, released
from slaharness.cluster.existing import Existing
from slaharness.cluster.local.provider import Local
from slaharness.errors import BadInput, NotAllowed


@pytest.fixture(autouse=True)
def _nothing_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(released.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def _settings(text: str) -> None:
    released.settings_file().parent.mkdir(parents=True)
    released.settings_file().write_text(text)


def test_our_own_clusters_are_always_allowed() -> None:
    """A local cluster was made for faults."""
    assert choose.provider("local", name="dev", nodes=2) == Local("dev", 2)


def test_a_context_makes_no_local_cluster() -> None:
    """A green run on a cluster made here would be taken for one on theirs."""
    with pytest.raises(BadInput, match=r"'staging'.*--cluster existing"):
        choose.provider("local", context="staging")


def test_a_context_that_was_not_released_is_refused() -> None:
    """The error names the context and both ways to release it."""
    with pytest.raises(NotAllowed, match=r"'prod'.*SLAHARNESS_CONTEXTS=prod.*config\.toml"):
        choose.provider("existing", context="prod")


def test_the_environment_releases_contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are separated by commas; blanks do not matter."""
    monkeypatch.setenv(released.VARIABLE, "staging, nightly")
    assert choose.provider("existing", context="nightly") == Existing("nightly")


def test_the_settings_file_releases_contexts() -> None:
    """``contexts`` in the user's settings counts as well."""
    _settings('contexts = ["staging"]')
    assert choose.provider("existing", context="staging") == Existing("staging")


@pytest.mark.parametrize("text", ["contexts = ", 'contexts = "all"', "contexts = [1]"])
def test_malformed_settings_release_nothing(text: str) -> None:
    """A file that cannot be understood is an error that names it, never a yes."""
    _settings(text)
    with pytest.raises(BadInput, match=r"config\.toml"):
        choose.provider("existing", context="staging")


def test_settings_that_are_no_text_release_nothing() -> None:
    """Saved in another encoding: an error that names the file, no traceback."""
    released.settings_file().parent.mkdir(parents=True, exist_ok=True)
    released.settings_file().write_bytes(b'contexts = ["st\xe4ging"]')
    with pytest.raises(BadInput, match=r"config\.toml"):
        choose.provider("existing", context="staging")


def test_an_existing_cluster_needs_its_context() -> None:
    """There is no falling back to whatever context happens to be current."""
    with pytest.raises(BadInput, match="--context"):
        choose.provider("existing")


def test_an_unknown_provider_lists_those_there_are() -> None:
    """A mistyped provider is answered with the names to choose from."""
    with pytest.raises(BadInput, match="there are: local, existing"):
        choose.provider("cloud")


def test_options_name_the_providers_and_load_none() -> None:
    """The command line and pytest start at once: no provider and no client of Kubernetes is imported."""
    asked = "import sys, slaharness.plugin, slaharness.cli.options; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    loaded = set(told.stdout.split())
    assert "slaharness.cluster.choose" in loaded
    assert not loaded & {"kubernetes", *(where.partition(":")[0] for where in choose.PROVIDERS.values())}


def test_an_existing_cluster_is_never_removed() -> None:
    """It makes nothing, so that there is nothing to write down, and nothing to undo."""
    assert Existing("staging").undo_args() is None
    choose.undo({"provider": "existing"})
