import logging
import time

from locust import User, constant, events, task


@events.request.add_listener
def on_request(request_type, name, response_time, response_length, exception, context, **kwargs):
    if exception:
        logging.warning("%s %s failed: %s", request_type, name, exception)


@events.quitting.add_listener
def _(environment, **kw):
    if environment.stats.total.fail_ratio > 0.01:
        environment.process_exit_code = 1


class Queue(User):
    wait_time = constant(1)

    @task
    def take(self):
        began = time.perf_counter()
        self.environment.events.request.fire(
            request_type="QUEUE",
            name="take",
            response_time=(time.perf_counter() - began) * 1000,
            response_length=0,
            exception=None,
            context={},
        )
