"""Small worlds on loopback for benches: users, a Prometheus, a Kubernetes API, each with a known truth."""

import sys
from pathlib import Path

# The Kubernetes API and the stack are those that the tests have.
sys.path.append(str(Path(__file__).parents[2] / "tests/fixtures"))
