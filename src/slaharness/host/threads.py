"""Work side by side that ends with whoever waits for it."""

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, TypeVar

from slaharness.host import cancellation, command

P = ParamSpec("P")
T = TypeVar("T")


class Threads(ThreadPoolExecutor):
    """A pool for the body of a ``with``: an interrupt there calls off all of its work.

    Programs under way are ended, what waits for its turn or for a lock begins nothing, and threads inside of
    such threads follow. An ordinary error lets the others come to their end.
    """

    def __init__(self, most: int | None = None) -> None:
        super().__init__(most)
        self._over = threading.Event()

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        def called() -> T:
            with cancellation.under(self._over):
                cancellation.check()
                return work(*args, **kwargs)

        return super().submit(contextvars.copy_context().run, called)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if kind is not None and not issubclass(kind, Exception):
            self._call_off()
        try:
            return super().__exit__(kind, error, traceback)
        except KeyboardInterrupt:  # while it waited for the last of them
            self._call_off()
            raise

    def _call_off(self) -> None:
        self._over.set()
        command.end_all()
        self.shutdown(cancel_futures=True)
