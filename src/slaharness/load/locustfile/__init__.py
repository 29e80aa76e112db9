"""What a locustfile brings along: its imports, settings of Locust beside it, and what Locust makes of it."""
