"""What of a class of users could not work: Locust itself finds out when the first of them begins.

Part of the program that has Locust load files, for it looks at Locust's own classes.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from locust import TaskSet, User, between, constant, constant_pacing, constant_throughput
from locust.user.markov_taskset import MarkovTaskSet
from locust.user.task import filter_tasks_by_tags

IDLE = "has no task, so it would send nothing"
#: What makes a wait_time, and is none itself.
MAKERS = (between, constant, constant_pacing, constant_throughput)


def wrong(user: type[User], options: Any) -> str:
    """Why its users would send nothing, or fail at once, under the tags asked for; "" if they would not."""
    if why := next(_told(user), ""):
        return f"{user.__name__}{why}"
    if user.tasks and (options.tags or options.exclude_tags):
        tags, without = (set(one) if one else None for one in (options.tags, options.exclude_tags))
        filter_tasks_by_tags(user, tags, without)
        if not user.tasks:
            return f"{user.__name__} {IDLE}: none is left by the tags of LOCUST"
    return ""


def _told(user: type[User]) -> Iterator[str]:
    wait: Any = user.wait_time
    if not callable(wait):
        yield f".wait_time is {wait!r}, not a function like between(1, 2)"
    elif wait in MAKERS:
        yield f".wait_time is {wait.__name__} itself; write {wait.__name__}(…)"
    else:
        yield from (f".wait_time {why}" for why in _unfit(wait))
    yield from _of_hooks(user)
    if not user.tasks and not _finds_its_own(user):
        yield f" {IDLE}"
    yield from _of_tasks(user, {})


def _of_hooks(owner: type) -> Iterator[str]:
    """What is called when one begins and ends, as far as it is a plain function."""
    for name in ("on_start", "on_stop"):
        if inspect.isfunction(hook := inspect.getattr_static(owner, name, None)):
            yield from (f".{name} {why}" for why in _unfit(hook))


def _of_tasks(owner: type, seen: dict[object, None]) -> Iterator[str]:
    for task in dict.fromkeys(owner.tasks):  # type: ignore[attr-defined]  # User and TaskSet alike
        if not callable(task):
            yield f" has the task {task!r}, which cannot be called"
        elif not inspect.isclass(task):
            yield from (f"'s task {_called(task)} {why}" for why in _unfit(task))
        elif issubclass(task, TaskSet) and not issubclass(task, MarkovTaskSet) and task not in seen:
            seen[task] = None
            yield from _of_set(task, seen)


def _of_set(task: type[TaskSet], seen: dict[object, None]) -> Iterator[str]:
    if not task.tasks and not _finds_its_own(task):
        yield f"'s {task.__name__} {IDLE}"
    yield from _of_hooks(task)
    yield from _of_tasks(task, seen)


def _unfit(function: Callable[..., object]) -> Iterator[str]:
    """Why Locust, which calls it with the user alone and takes what it returns, has nothing of it."""
    if inspect.iscoroutinefunction(function):
        yield "is async, and Locust awaits nothing: it would never run"
    elif inspect.isgeneratorfunction(function):
        yield "holds a `yield`, and Locust asks for nothing more: it would never run"
    else:
        yield from _uncallable(function)


def _uncallable(function: Callable[..., object]) -> Iterator[str]:
    try:
        its = inspect.signature(function)
    except (TypeError, ValueError):  # one of C, that does not say
        return
    try:
        its.bind(None)
    except TypeError as error:
        yield f"cannot be called with the user alone, as Locust does: {error}"


def _called(task: Callable[..., object]) -> str:
    return getattr(task, "__name__", repr(task))


def _finds_its_own(owner: type) -> bool:
    """Whether it may give itself tasks when it begins."""
    theirs = [one for one in owner.__mro__ if not one.__module__.startswith(("locust", "builtins"))]
    return any(name in vars(one) for one in theirs for name in ("__init__", "on_start", "run"))
