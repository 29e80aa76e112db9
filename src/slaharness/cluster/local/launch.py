"""Starts one program of a cluster where it belongs: in its cgroups and namespaces, not tied to the starter.

Run as a script (``python -I -S launch.py``, a ``Spec`` on standard input), because entering namespaces and
forking want a process without threads. Prints the pid of what it started. The first program of a node is this
file's own ``reap``: as process 1 of the node's pid namespace it adopts orphans, and all dies with it.

It runs a dozen times while a cluster starts, so it imports only what loads in no time: no pathlib, no json.
"""
# ruff: noqa: PTH103, PTH112, PTH120, PTH123

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x04000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_SLAVE, MS_SHARED = 4096, 16384, 1 << 19, 1 << 20
MNT_DETACH = 2

#: What to start, by word: ``cgroups`` (folders), ``log`` (file), and either ``enter`` (a machine's first pid)
#: with ``argv`` and ``env``, or, for a new machine, ``hostname``, ``root`` (the folder to be its root),
#: ``binds``, ``programs`` (the same, but read-only) and ``sysctls``. Of these, env, binds, programs and
#: sysctls are pairs: path inside and path outside, and so on. Written as lines of a word and its values, NULs
#: between them.
Spec = dict[str, list[str]]

libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Join, start, report; exit 1 with the reason on standard error when it could not."""
    spec = read(sys.stdin.read())
    for folder in spec["cgroups"]:
        write(f"{folder}/cgroup.procs", str(os.getpid()))
    log = os.open(spec["log"][0], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    if "enter" in spec:
        enter(spec["enter"][0])
        pid = detached(lambda: execute(spec), log)
    else:
        called("unshare", libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWNET))
        pid = detached(lambda: furnish(spec), log)
    sys.stdout.write(str(pid))


def read(text: str) -> Spec:
    rows = [line.split("\0") for line in text.splitlines()]
    return {word: values for word, *values in rows}


def enter(pid: str) -> None:
    """Go where process ``pid`` is; children of ours will be in its pid namespace."""
    kinds = ("net", "uts", "pid", "mnt")
    for fd in [os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY) for kind in kinds]:
        called("setns", libc.setns(fd, 0))
        os.close(fd)


def detached(start: Callable[[], None], log: int) -> int:
    """Fork a session leader that calls ``start``; return its pid once that execs or returns.

    ``start`` returning means that the child is furnished: it stays and reaps.
    """
    reader, writer = os.pipe2(os.O_CLOEXEC)
    if pid := os.fork():
        os.close(writer)
        if problem := os.read(reader, 4096).decode():
            sys.exit(problem)
        return pid
    os.close(reader)
    try:
        os.setsid()
        streams(log)
        start()
    except OSError as error:
        os.write(writer, str(error).encode())
        os._exit(1)
    os.close(writer)
    return reap()


def streams(log: int) -> None:
    """Nothing to read, and the log to write to."""
    null = os.open(os.devnull, os.O_RDWR)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)


def execute(spec: Spec) -> None:
    """Become the program."""
    os.chdir("/")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.execve(spec["argv"][0], spec["argv"], dict(pairs(spec["env"])))  # noqa: S606 - no shell is what we want


def furnish(spec: Spec) -> None:
    """Give the new namespaces their name, a root of their own with its folders and /proc, and their sysctls.

    Mounts of the host go away here too when the host unmounts them (slave), and ours never reach the host.
    """
    name, root = spec["hostname"][0].encode(), spec["root"][0]
    called("sethostname", libc.sethostname(name, len(name)))
    mount("none", "/", flags=MS_REC | MS_SLAVE)
    mount(root, root, flags=MS_BIND)
    for target, source in pairs(spec["binds"]):
        bind(source, root + target)
    for target, source in pairs(spec["programs"]):
        bind(source, root + target)
        mount("none", root + target, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)
    mount("proc", f"{root}/proc", kind="proc", flags=MS_NOSUID | MS_NODEV | MS_NOEXEC)
    settle(root)
    for path, value in pairs(spec["sysctls"]):
        write(f"/proc/sys/{path}", value)


def bind(source: str, target: str) -> None:
    """Mount what is at ``source`` onto ``target``, made if it is not there: a folder, or a file."""
    os.makedirs(target if os.path.isdir(source) else os.path.dirname(target), exist_ok=True)
    if not os.path.isdir(source):
        os.close(os.open(target, os.O_CREAT, 0o600))
    mount(source, target, flags=MS_BIND | MS_REC)


def settle(root: str) -> None:
    """Make ``root`` the root, and forget the host's: what is mounted from now on, pods may see."""
    os.chdir(root)
    called("pivot_root", libc.pivot_root(b".", b"."))
    called("umount", libc.umount2(b".", MNT_DETACH))
    os.chdir("/")
    mount("none", "/", flags=MS_REC | MS_SHARED)


def pairs(values: list[str]) -> list[tuple[str, str]]:
    return list(zip(values[::2], values[1::2], strict=True))


def write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def mount(source: str, target: str, *, kind: str = "none", flags: int) -> None:
    words = [text.encode() for text in (source, target, kind)]
    called(f"mount {target}", libc.mount(*words, ctypes.c_ulong(flags), None))


def called(what: str, result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def reap() -> int:
    """What process 1 is for: wait for every child, for ever."""
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            signal.pause()


if __name__ == "__main__":
    main()
