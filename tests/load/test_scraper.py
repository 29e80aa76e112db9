"""The Prometheus beside the load: whom it watches, and that nothing of it outlives the run for long."""

from pathlib import Path

import yaml

from slaharness.load import manifest, scraper

PROFILE = Path(__file__).parents[2] / "loadprofiles/steady-mix.py"


def made():
    service, pod = scraper.objects(image="i:1", limit=89.5)
    return service, pod


def test_it_watches_the_pods_of_the_load_every_second():
    """By the name of the Service that lists them, at the recorder's port, under the job of the load."""
    config = yaml.safe_load((scraper.HERE / "prometheus" / "prometheus.yml").read_text())
    assert config["global"]["scrape_interval"] == "1s"
    (load,) = [job for job in config["scrape_configs"] if job["job_name"] == "load"]
    (found,) = load["dns_sd_configs"]
    service, _ = made()
    assert found["names"] == [service["metadata"]["name"]]
    assert found["port"] == service["spec"]["ports"][0]["port"] == manifest.PORT
    _, worker = manifest.objects(PROFILE, image="i:1", run_id="r1", limit=60, host="http://edge")
    assert service["spec"]["selector"].items() <= worker["metadata"]["labels"].items()


def test_pods_are_listed_before_they_are_ready():
    """The load is watched from its first moment, or the first window would lack its beginning."""
    service, _ = made()
    assert service["spec"]["publishNotReadyAddresses"] is True
    assert service["spec"]["clusterIP"] == "None"


def test_it_ends_by_itself():
    """A harness that is killed leaves it for no longer than the load's limit and a quarter of an hour."""
    _, pod = made()
    assert pod["spec"]["activeDeadlineSeconds"] == 90 + 900


def test_it_is_none_of_the_loads_pods():
    """What sweeps the load away leaves it: it is asked after the load has ended."""
    service, pod = made()
    name = "app.kubernetes.io/name"
    assert pod["metadata"]["labels"][name] != service["spec"]["selector"][name] == manifest.NAME


def test_it_may_do_nothing_in_the_cluster():
    """No account, no privileges, and a file system that is not written to."""
    _, pod = made()
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["spec"]["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
