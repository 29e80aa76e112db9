"""The web shop of examples/: another stack, deployed by kubectl alone, tested as one that runs already."""

import pytest

pytestmark = pytest.mark.live

MISSED = 1
SCENARIO = "kill-the-database"
DEPLOY, MUTANT = "deploy", "mutants/database-without-a-volume"


def test_shop_survives_the_loss_of_its_only_database_and_stays_as_it_was(shop, kubernetes):
    """Its own Prometheus looks every 15 s; the load is measured each second beside it, and nothing stays."""
    ended = shop(DEPLOY).proves(SCENARIO, within=420)
    asked = {name.removeprefix(f"{SCENARIO}/") for name in ended.verdicts}
    assert asked >= {"recovery/RECOVERY", "availability/RECOVERY", "no-order-lost/RECOVERY"}
    assert int(ended.verdicts[f"{SCENARIO}/no-order-lost/RECOVERY"]["requests"]) > 500
    there = {one.metadata.name for one in kubernetes.api().core.list_namespace().items}
    assert there >= {"shop", "shop-data", "shop-monitoring"}
    assert "shop-load" not in there


@pytest.mark.nightly
def test_shop_that_keeps_orders_in_its_pod_is_caught(shop):
    """It answers as well and is back as soon; only who has counted the orders knows that they are gone."""
    ended = shop(MUTANT).run(SCENARIO, within=420)
    assert ended.code == MISSED, ended.err
    lost = ended.verdicts[f"{SCENARIO}/no-order-lost/RECOVERY"]
    assert lost["outcome"] == "MISSED"
    assert "are lost" in lost["reason"]


@pytest.mark.nightly
def test_shop_that_the_harness_deploys_keeps_its_promises_and_goes_with_its_data(kustomized_shop, kubernetes):
    """kind = "kustomize": its images are built and its folder applied for the run, and all goes again."""
    ended = kustomized_shop.proves(SCENARIO, within=600)
    assert int(ended.verdicts[f"{SCENARIO}/no-order-lost/RECOVERY"]["requests"]) > 500
    there = {one.metadata.name for one in kubernetes.api().core.list_namespace().items}
    assert not there & {"shop", "shop-data", "shop-monitoring", "shop-load"}
