"""``slaharness run`` as people type it: what cannot run is said in one line."""

import subprocess
import sys

import pytest

SCENARIO = """
import pytest

@pytest.mark.scenario(load="steady", experiment="kill")
def test_kill(run):
    pass
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nope",), "ERROR: no scenario nope; there are: kill"),
        (
            ("kill", "--cluster=existing", "--context=prod"),
            "ERROR: context 'prod' is not released for faults",
        ),
    ],
)
def test_what_cannot_run_is_one_line(tmp_path, words, said):
    """Not preceded by pytest's view of it: that no tests ran, or that a fixture failed."""
    (tmp_path / "slaharness.toml").write_text(
        '[stack]\nkind = "existing"\nname = "shop"\nnamespaces = ["shop"]\nready = "app=shop"\n[load]\nhost = "http://shop"\n'
    )
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/test_kill.py").write_text(SCENARIO)
    ended = subprocess.run(
        [sys.executable, "-m", "slaharness", "run", *words],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 4
    assert ended.stdout == ""
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith(said)
