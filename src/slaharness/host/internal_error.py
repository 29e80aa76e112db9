"""What nobody foresaw is told in one line, too: its traceback goes into a file, for whoever mends it."""

import errno
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from slaharness.errors import BadInput, HarnessError, HostTrouble, InternalError
from slaharness.host import paths, project

#: What the machine refuses, whoever asks.
_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENOMEM}
PACKAGE = Path(__file__).parents[1]
#: Characters of the error's own words that the line shows.
_SHOWN = 300


def kept(error: BaseException, folder: Path | None = None) -> HarnessError:
    """The line that speaks for ``error``; its traceback goes into ``folder``, or where it can be kept."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    whole = "".join(traceback.format_exception(error))
    for place in _places(folder):
        try:
            place.mkdir(parents=True, exist_ok=True)
            file = place / f"internal-error-{stamp}.txt"
            file.write_text(whole)
        except OSError:
            continue
        return _told(error, f"the traceback is in {file}")
    return _told(error, "its traceback could be written nowhere")


def passes_through_us(error: BaseException) -> bool:
    """Whether code of the harness was under way: it is not a fixture of the project's own that broke."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(Path(one.filename).is_relative_to(PACKAGE) for one in frames)


def _places(folder: Path | None) -> Iterator[Path]:
    if folder:
        yield folder
    with suppress(BadInput, OSError):
        yield project.root() / "reports"
    yield paths.STATE / "errors"
    yield Path(tempfile.gettempdir())


def _told(error: BaseException, where: str) -> HarnessError:
    said = " ".join(str(error).split())
    words = f"{type(error).__name__}: {said[:_SHOWN]}".removesuffix(": ")
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _MACHINE):
        return HostTrouble(f"{words}; {where}")
    return InternalError(f"internal error{_place(error)}: {words}; {where}; please report it")


def _place(error: BaseException) -> str:
    """The last line of code that is ours or the project's: a stack of its own may be at fault."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if Path(one.filename).is_relative_to(PACKAGE) or _of_project(one.filename)]
    return f" in {ours[-1].filename} line {ours[-1].lineno}" if ours else ""


def _of_project(file: str) -> bool:
    return Path(file).is_relative_to(Path.cwd()) and "site-packages" not in file
