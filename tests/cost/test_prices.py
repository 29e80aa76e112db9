"""The price list: read strictly, or refused in one line."""

from pathlib import Path

import pytest

from slaharness.cost import prices
from slaharness.errors import BadInput

OURS = Path(__file__).parents[2] / "scenarios" / "prices.yaml"


def test_our_own_list_is_read():
    """Every price is there, in one currency."""
    found = prices.load(OURS)
    assert found
    assert found.currency == "USD"
    assert found.vcpu_hour > found.gib_hour > 0


def test_a_project_need_not_have_one(tmp_path):
    """Then nothing is said of cost."""
    assert prices.load(tmp_path / "prices.yaml") is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("vcpu-hour: 0.04048", "vcpu-hour: cheap"), "vcpu-hour: Input should be a valid number"),
        (("vcpu-hour: 0.04048", "vcpu-hour: -1"), "vcpu-hour: Input should be greater than or equal to 0"),
        (("vcpu-hour: 0.04048", "vcpu-hour: .nan"), "vcpu-hour: Input should be a finite number"),
        (("vcpu-hour: 0.04048\n", ""), "vcpu-hour: Field required"),
        (("vcpu-hour", "cpu-hour"), "Field required|cpu-hour: Extra inputs"),
        (("currency: USD", "currency: dollars"), "currency: String should match"),
        (("currency: USD", "currency: [USD"), "prices.yaml: "),
        (("currency: USD", "currency: EUR\ncurrency: USD"), "currency is there twice"),
        (("gib-hour: ", "gib-hour: yes # "), "gib-hour: .*valid number"),
    ],
)
def test_a_slip_is_named(tmp_path, change, said):
    """With the file, the field and what is wrong."""
    file = tmp_path / "prices.yaml"
    file.write_text(OURS.read_text().replace(*change))
    with pytest.raises(BadInput, match=said) as refusal:
        prices.load(file)
    assert str(file) in str(refusal.value)
    assert "\n" not in str(refusal.value)
