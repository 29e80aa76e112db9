import pytest

from slaharness.errors import BadInput
from slaharness.host.duration import seconds

CASES = {"500ms": 0.5, "20s": 20, "2m": 120, "1.5h": 5400, 7: 7}


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_reads_durations_as_people_write_them(text, expected):
    """A duration is understood exactly."""
    assert seconds(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "30 s", "", "-1s", "2m30s", "soon", -1, float("nan"), float("inf"), None, True, [], 10**400,
        "9" * 400 + "s", "٣s",
    ],
)  # fmt: skip
def test_refuses_what_is_no_duration(text):
    """What is not understood is refused by name, never guessed."""
    with pytest.raises(BadInput, match="is not a duration"):
        seconds(text)
