"""From a test's marker to a Scenario."""

import re
from collections.abc import Mapping

from pydantic import TypeAdapter

from slaharness.errors import BadInput
from slaharness.host.duration import seconds
from slaharness.model import Scenario
from slaharness.model.timeline import LONGEST

_DURATIONS = ("baseline", "fault", "recovery")
_SHAPE = TypeAdapter(Scenario)
_NEEDED = ("load", "experiment")
#: Each scenario's records have a folder of its name, beside these.
NAME, TAKEN = re.compile(r"\w[\w. -]{0,99}"), {"allure", "nights"}
_WORDS = ("load", "experiment", "name", "profile")


def from_marker(arguments: Mapping[str, object], nodeid: str, question: str | None) -> Scenario:
    """The Scenario of ``@pytest.mark.scenario(**arguments)``; its name is the experiment's unless given.

    ``experiment=None`` makes it a control run, which is named for its load.
    Raises BadInput naming the test when an argument is missing, unknown or no duration.
    """
    if unknown := sorted(set(arguments) - {*_DURATIONS, *_WORDS}):
        known = ", ".join(sorted({*_DURATIONS, *_WORDS}))
        raise BadInput(f"{nodeid}: scenario() has no argument {', '.join(unknown)}; it takes {known}")
    control = "experiment" in arguments and arguments["experiment"] is None
    if missing := [name for name in _NEEDED if not arguments.get(name) and not (control and name != "load")]:
        raise BadInput(f"{nodeid}: scenario() needs {' and '.join(missing)}")
    given = {name: str(arguments[name] or "") for name in _WORDS if name in arguments}
    lengths = {name: _length(nodeid, name, arguments[name]) for name in _DURATIONS if name in arguments}
    asked = " ".join((question or "").partition("\n\n")[0].split())
    name = given.pop("name", given["experiment"] or f"{given['load']}-without-fault")
    if not NAME.fullmatch(name) or name in TAKEN:
        raise BadInput(
            f"{nodeid}: name: {name!r:.120} is no name of a folder for its records: at most 100 letters, "
            f"digits and .-_, and neither of {' and '.join(sorted(TAKEN))}"
        )
    return _SHAPE.validate_python({"name": name, **given, **lengths, "nodeid": nodeid, "question": asked})


def _length(nodeid: str, name: str, given: object) -> float:
    try:
        found = seconds(str(given))
    except BadInput as error:
        raise BadInput(f"{nodeid}: {name}: {error}") from error
    if not 0 < found <= LONGEST:
        why = "in which nothing can be measured" if not found else "longer than a run can be judged"
        raise BadInput(f"{nodeid}: {name}: lasts {given}, {why}")
    return found
