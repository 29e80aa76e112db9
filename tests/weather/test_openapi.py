"""What the services say of themselves is true, and complete enough to write a client from."""

import pytest
from openapi_spec_validator import validate

from weather import alerts, analytics, app, conditions, fanout, forecast, notify, readings, tasks

SERVICES = (readings, conditions, alerts, forecast, tasks, fanout, analytics, notify)


@pytest.fixture(params=SERVICES, ids=lambda module: module.__name__)
def described(request):
    module = request.param
    return app.create(module.__name__, module.routes, None, about=module.__doc__).openapi()


def operations(described):
    return [
        (f"{method} {path}", operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]


def test_description_is_valid(described):
    """Generators of clients take it."""
    validate(described)
    assert described["info"]["description"]


def test_each_route_says_what_it_does_and_how_it_refuses(described):
    """Each answer has a meaning and, where it is JSON, a shape."""
    for name, operation in operations(described):
        assert operation["description"], name
        answers = operation["responses"]
        assert {"400", "413", "422", "503"} < answers.keys(), name
        for status, answer in answers.items():
            assert answer["description"], (name, status)
            for kind, content in answer.get("content", {}).items():
                assert kind != "application/json" or "schema" in content, (name, status)


@pytest.mark.parametrize(
    ("module", "what"), [(conditions, "current"), (alerts, "limits"), (forecast, "forecast")]
)
def test_what_can_be_missing_says_so(module, what):
    """A 404 that is answered is documented."""
    paths = app.create("one", module.routes, None).openapi()["paths"]
    assert "404" in paths[f"/stations/{{station}}/{what}"]["get"]["responses"]
