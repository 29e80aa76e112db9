"""The JobManager's pod is ready when all of the job runs, by Flink's own word."""

import http.server
import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

READY = Path(__file__).parents[3] / "weather" / "images" / "flink" / "ready"
HERE = "127.31.10.2"


def job(state, running, total):
    """As Flink 1.20 tells of it."""
    tasks = {"running": running, "canceling": 0, "initializing": 0, "total": total, "failed": 0}
    return {"jid": 32 * "0", "name": "alerts", "start-time": 1, "state": state, "tasks": tasks}


def ready():
    env = {"REST": HERE, "PATH": os.environ["PATH"]}
    asked = subprocess.run([READY], env=env, capture_output=True, check=False, timeout=10)
    return asked.returncode == 0


@pytest.fixture
def flink():
    """Answers with the jobs that it is given."""
    jobs = []

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/jobs/overview" else 404)
            self.end_headers()
            self.wfile.write(json.dumps({"jobs": jobs}, separators=(",", ":")).encode())

        def log_message(self, *_):
            pass

    with http.server.HTTPServer((HERE, 8081), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield jobs
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("state", "running", "total", "is_ready"),
    [
        ("RUNNING", 4, 4, True),
        ("RUNNING", 3, 4, False),
        ("RUNNING", 1, 14, False),
        ("RUNNING", 14, 1, False),
        ("RESTARTING", 4, 4, False),
    ],
)
def test_every_task_has_to_run(flink, state, running, total, is_ready):
    """Flink calls a job RUNNING whose tasks are still waited for."""
    flink.append(job(state, running, total))
    assert ready() is is_ready


def test_without_the_job_it_is_not_ready(flink):
    """Which is so before the job was taken up again."""
    assert not ready()


def test_without_flink_it_is_not_ready():
    """Which is so until its store is there."""
    assert not ready()
