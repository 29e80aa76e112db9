"""Files as other people have them: which run, which are refused in true words, which come out wrong.

The corpus in ``bench/formats/`` is written the way public catalogues and documentations write theirs;
``manifest.yaml`` says what each file is to become. Beside it, in what time ``slaharness check`` looks at all
files of this project: the least processor time of three, for what else the machine does is not the check's.
Run: ``python bench/formats.py [--only WORD] [--short]``; ``--short`` looks at no time.
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from lab import short

from slaharness.chaos import experiment
from slaharness.chaos.allowed import Allowed
from slaharness.chaos.format.variables import given
from slaharness.errors import BadInput
from slaharness.load import profile
from slaharness.objectives import openslo

CORPUS, PROJECT = Path(__file__).with_name("formats"), Path(__file__).parents[1]
#: Seconds that the check of all files of the project may take.
LIMIT = 2.0
#: What a file came to when it was taken, and when the check itself broke.
TAKEN, BROKE = "", "broke: "
Wanted = Mapping[str, Any]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="", help="files whose names hold this")
    hurried = short.asked()
    only = options.parse_args().only
    began = time.monotonic()
    wanted = {file: _wanted(entry) for file, entry in _manifest().items() if only in file}
    said = _said(wanted)
    wrong = {file: said[file] for file, entry in wanted.items() if not _right(entry, said[file])}
    for file, words in wrong.items():
        print(f"{file}: wanted {wanted[file].get('refused', 'to run')!r}, got {words or 'that it runs'!r}")
    counted = {
        "runs": sum(not words for words in said.values()),
        "refused_rightly": sum(bool(words) for words in said.values()) - sum(map(bool, wrong.values())),
    }
    told = {} if hurried else _times()
    quick = hurried or told["check_cpu_seconds"] <= LIMIT
    line = {
        "name": "formats",
        "ok": not wrong and quick,
        "value": len(wrong),
        "limit": 0,
        "unit": "files that come out wrong",
    }
    took = round(time.monotonic() - began, 1)
    print(json.dumps({**line, "files": len(said), **counted, **told, "seconds": took}))
    return 0 if line["ok"] else 1


def _times() -> dict[str, float]:
    check = [_check() for _ in range(3)]
    return {
        "check_seconds": min(wall for wall, _ in check),
        "check_cpu_seconds": min(cpu for _, cpu in check),
        "check_limit": LIMIT,
    }


def _check() -> tuple[float, float]:
    """Seconds that it takes, and those of processors, Locust's too; with bytecode, as pip installs it."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "slaharness", "check"],
        cwd=PROJECT, env=env, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return round(time.monotonic() - began, 2), round(cpu, 2)


def _manifest() -> dict[str, Any]:
    listed: dict[str, Any] = yaml.safe_load((CORPUS / "manifest.yaml").read_text())
    there = {
        *CORPUS.glob("experiments/*"),
        *CORPUS.glob("objectives/*"),
        *CORPUS.glob("load/*/locustfile.py"),
    }
    if forgotten := {str(file.relative_to(CORPUS)) for file in there} ^ listed.keys():
        raise SystemExit(f"in the manifest or in the corpus, and not in both: {', '.join(sorted(forgotten))}")
    return listed


def _wanted(entry: Any) -> Wanted:
    return {} if entry == "runs" else dict(entry)


def _right(entry: Wanted, words: str) -> bool:
    if words.startswith(BROKE) or "\n" in words:
        return False
    return bool(re.search(entry["refused"], words)) if "refused" in entry else words == TAKEN


def _said(wanted: Mapping[str, Wanted]) -> dict[str, str]:
    """What is said of each file, "" of one that is taken."""
    loads = [file for file in wanted if file.startswith("load/")]
    said = dict(zip(loads, _loads(loads), strict=True))
    for file, entry in wanted.items():
        kind = {"experiments": _experiment, "objectives": _objective}.get(file.partition("/")[0])
        if kind:
            said[file] = _asked(kind, CORPUS / file, entry)
    return {file: said[file] for file in wanted}


def _asked(kind: Callable[[Path, Wanted], None], file: Path, entry: Wanted) -> str:
    try:
        kind(file, entry)
    except BadInput as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 no input may end in one
        return f"{BROKE}{type(error).__name__}: {error}"
    return TAKEN


def _experiment(file: Path, entry: Wanted) -> None:
    with patch.dict(os.environ, entry.get("env", {})):
        experiment.check(file, Allowed(**entry.get("allowed", {})), given(entry.get("var", ())))


def _objective(file: Path, entry: Wanted) -> None:  # noqa: ARG001 one signature for all kinds
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(file, folder)
        openslo.load_all(Path(folder))


def _loads(files: Sequence[str]) -> list[str]:
    found = profile.check_all([CORPUS / file for file in files])
    return [str(one) if isinstance(one, BadInput) else TAKEN for one in found]


if __name__ == "__main__":
    sys.exit(main())
