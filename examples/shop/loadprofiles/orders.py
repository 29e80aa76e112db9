"""Customers place 10 orders a second and look at 10 a second that were confirmed, however slow the shop is.

Alone: ``locust -f loadprofiles/orders.py --host http://HOST``. Customers are named for RUN_ID, so that orders
of one run never mix with another's. What places an order carries ``context={"key": …, "value": …}`` for the
ledger: ``key`` is the order's id, ``value`` its other columns joined by ``|``, as the export has them.
"""

import os
import random
from collections import deque
from http import HTTPStatus
from uuid import uuid4

from locust import task

from slaharness.load.arrivals import Arrivals

RUN_ID = os.environ.get("RUN_ID") or f"adhoc-{uuid4().hex[:8]}"
PRICES = {"kettle": 39.5, "lamp": 24.0, "garden chair": 89.95, "umbrella": 15.25}
#: What customers have just ordered, they look at: whoever asks for one of these must get it.
_confirmed: deque[dict[str, object]] = deque(maxlen=20)


class Customer(Arrivals):
    rate = 10
    method = "POST"
    requests = ("place order",)

    @task
    def place_order(self) -> None:
        """Only a 201 says that the order is taken."""
        item, price = random.choice(tuple(PRICES.items()))
        order = {
            "id": str(uuid4()),
            "customer": f"{RUN_ID}-{random.randrange(50):02d}",
            "item": item,
            "quantity": random.randint(1, 5),
            "price": price,
        }
        value = "|".join(str(order[column]) for column in ("customer", "item", "quantity", "price"))
        with self.client.post(
            "/orders",
            name="place order",
            json=order,
            catch_response=True,
            context={"key": order["id"], "value": value},
        ) as answer:
            if answer.status_code == HTTPStatus.CREATED:
                _confirmed.append(order)
            elif answer.status_code:
                answer.failure(f"{answer.status_code} instead of 201")


class Visitor(Arrivals):
    rate = 10
    requests = ("show order",)

    def ready(self) -> bool:
        """There is nothing to look at before the first order is confirmed."""
        return bool(_confirmed)

    @task
    def show_order(self) -> None:
        """Only the order as it was confirmed is an answer."""
        order = random.choice(_confirmed)
        with self.client.get(f"/orders/{order['id']}", name="show order", catch_response=True) as answer:
            if answer.status_code == HTTPStatus.OK and answer.json() != order:
                answer.failure(f"not what was ordered: {answer.text[:200]}")
            elif answer.status_code not in {0, HTTPStatus.OK}:
                answer.failure(f"{answer.status_code} instead of 200")
