"""Users ask for the front page 20 times a second, whether or not they are answered.

Alone: ``locust -f loadprofiles/steady.py --host http://HOST``.
"""

from http import HTTPStatus

from locust import task

from slaharness.load.arrivals import Arrivals


class Visitor(Arrivals):
    """``rate`` is requests a second, ``requests`` are their names in reports."""

    rate = 20
    requests = ("front page",)

    @task
    def front_page(self) -> None:
        """Only a 200 is an answer."""
        with self.client.get("/", name="front page", catch_response=True) as answer:
            if answer.status_code not in {0, HTTPStatus.OK}:
                answer.failure(f"{answer.status_code} instead of 200")
