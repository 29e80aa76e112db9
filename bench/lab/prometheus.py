"""A real Prometheus, or what some have in its place, on loopback: it scrapes a world and itself."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import requests
import victoriametrics
import yaml

from lab.world import World
from slaharness.metrics import process

#: The world, and Prometheus itself.
JOBS = 2
#: Seconds in which it starts and has scraped everything twice.
PATIENCE = 40


@dataclass
class Server:
    """Start it, stop it; its data outlive a restart."""

    folder: Path
    world: World
    port: int = 0
    running: "subprocess.Popen[bytes] | None" = None

    @staticmethod
    def find() -> None:
        """Raise HostTrouble where its program cannot be had."""
        process.programs()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Return when each target was scraped."""
        if not self.port:
            self.port = process.free_port()
            self.folder.mkdir(parents=True)
            (self.folder / "config.yaml").write_text(yaml.safe_dump(self._config()))
        began = time.time()
        self._launch()
        while self._scraped_since(began) < JOBS:
            if time.time() > began + PATIENCE:
                raise TimeoutError("Prometheus does not scrape its targets")
            time.sleep(0.2)

    def _launch(self) -> None:
        self.running = process.launch(self.folder, self.port)

    def stop(self) -> None:
        if self.running:
            self.running.kill()
            self.running.wait()
            self.running = None

    def restart(self) -> None:
        self.stop()
        self._launch()

    def _scraped_since(self, began: float) -> int:
        query = {"query": f"count(up == 1 and timestamp(up) > {began})"}
        try:
            found = requests.get(f"{self.url}/api/v1/query", params=query, timeout=5).json()["data"]["result"]
        except (requests.ConnectionError, requests.JSONDecodeError):
            return 0
        return int(found[0]["value"][1]) if found else 0

    def _config(self) -> dict[str, object]:
        ports = {"prometheus": self.port, "load": self.world.exporter.server_port}
        jobs = [
            {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
            for job, port in ports.items()
        ]
        return {"global": {"scrape_interval": "1s", "scrape_timeout": "900ms"}, "scrape_configs": jobs}


@dataclass
class VictoriaMetrics(Server):
    """In Prometheus's place, with the same configuration."""

    @staticmethod
    def find() -> None:
        victoriametrics.built()

    def _launch(self) -> None:
        scraping = f"-promscrape.config={self.folder / 'config.yaml'}"
        self.running = victoriametrics.launch(self.folder, self.port, scraping)
