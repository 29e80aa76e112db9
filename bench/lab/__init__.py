"""Small worlds on loopback for benches: users, a Prometheus, a Kubernetes API, each with a known truth."""
