"""What settings and options say of images reaches the run."""

import pytest

from slaharness import environment
from slaharness.load import locust
from slaharness.settings import read

SETTINGS = """
[stack]
kind = "existing"
name = "shop"
namespaces = ["shop"]
ready = "app=shop"

[load]
host = "http://shop.shop.svc"
image = "registry.example.org/team/locust:7"
registry = "registry.example.org/team"

[prometheus]
url = "http://prometheus.monitoring.svc"
"""
CONFTEST = """
import contextlib
from slaharness import environment

@contextlib.contextmanager
def as_asked(wanted):
    yield wanted

environment.open_environment = as_asked
"""
BODY = """
import pytest

def test_it(slaharness_environment):
    assert slaharness_environment.registry == "{registry}"
    assert slaharness_environment.load_image == "registry.example.org/team/locust:7"
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setattr(environment, "open_environment", environment.open_environment)
    (pytester.path / "slaharness.toml").write_text(SETTINGS)
    (pytester.path / "scenarios").mkdir()
    pytester.makeconftest(CONFTEST)
    return pytester


@pytest.mark.parametrize(
    ("options", "registry"),
    [
        ([], "registry.example.org/team"),
        (["--sla-registry=http://198.18.0.254:5000"], "http://198.18.0.254:5000"),
    ],
)
def test_a_registry_is_said_once_in_the_settings_or_at_a_run(
    project: pytest.Pytester, options: list[str], registry: str
) -> None:
    """The command line counts more."""
    project.makepyfile(BODY.format(registry=registry))
    project.runpytest_inprocess(*options).assert_outcomes(passed=1)


def test_an_image_of_the_load_that_nodes_have_is_neither_built_nor_pushed(project: pytest.Pytester) -> None:
    """What measures the load is still ours."""
    stack = read.load(project.path).stack
    assert locust.image in environment._load_images(environment.Wanted(stack))
    given = environment.Wanted(stack, load_image="registry.example.org/team/locust:7")
    assert locust.image not in environment._load_images(given)
