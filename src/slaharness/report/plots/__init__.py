"""Pictures of a run, each one SVG."""
