"""What Prometheus is told of claims."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[2] / "weather/images/prometheus"


@pytest.fixture(scope="module")
def claims():
    """The program as it is in the image, with its neighbour beside it."""
    sys.path.insert(0, str(IMAGE))
    try:
        spec = spec_from_file_location("claims", IMAGE / "claims.py")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(IMAGE))


@pytest.mark.parametrize(
    ("quantity", "size"),
    [("1Gi", 2**30), ("512Mi", 2**29), ("1.5Gi", 3 * 2**29), ("2G", 2 * 10**9), ("10k", 10_000), ("7", 7)],
)
def test_quantities_are_bytes(claims, quantity, size):
    """As Kubernetes writes them."""
    assert claims.size(quantity) == size


@pytest.mark.parametrize("quantity", ["", "1 Gi", "Gi", "1Zi", "-1"])
def test_what_is_no_quantity_is_refused(claims, quantity):
    """The scrape fails then: no number is better than a wrong one."""
    with pytest.raises(ValueError, match="is no quantity"):
        claims.size(quantity)


def test_each_claim_is_told_under_the_usual_name(claims):
    """By namespace and claim."""
    one = {
        "metadata": {"namespace": "persistence", "name": "data-cassandra-0"},
        "spec": {"resources": {"requests": {"storage": "1Gi"}}},
    }
    name = "kube_persistentvolumeclaim_resource_requests_storage_bytes"
    told = claims.text([one]).splitlines()
    assert told[1] == f"# TYPE {name} gauge"
    labels = 'namespace="persistence",persistentvolumeclaim="data-cassandra-0"'
    assert told[2] == f"{name}{{{labels}}} 1073741824"
