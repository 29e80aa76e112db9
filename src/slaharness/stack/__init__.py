"""The system under test: build its images, apply its manifests, wait for it, look at it, remove it."""
