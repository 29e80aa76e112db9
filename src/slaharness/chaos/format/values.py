"""Values of arguments that the cluster, or chaosk8s, would refuse when the experiment is under way."""

import re
from pathlib import Path
from typing import Any

from slaharness.chaos.allowed import THEIRS

#: How actions call a namespace and a label selector.
NAMESPACE, SELECTOR = ("namespace", "ns"), ("selector", "label_selector")
#: What Kubernetes takes for the name of a namespace, and for a selector of labels.
NAMED = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_WORD = r"[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?"
_KEY, _VALUE = rf"([A-Za-z0-9][\w.-]*/)?{_WORD}", rf"({_WORD})?"
_SET = rf"\(\s*{_VALUE}(\s*,\s*{_VALUE})*\s*\)"
_ONE = rf"\s*(!?\s*{_KEY}|{_KEY}\s*(==?|!=)\s*{_VALUE}|{_KEY}\s+(in|notin)\s*{_SET})\s*"
LABELS = re.compile(rf"{_ONE}(,{_ONE})*", re.ASCII)
#: Of chaosk8s: arguments that are one of few words, that are counts, and that are regular expressions.
WORDS = {"mode": ("fixed", "percentage"), "order": ("alphabetic", "oldest")}
COUNTS, PATTERNS = ("qty", "replicas", "grace_period"), ("name_pattern", "pattern")
#: An argument that is a file of a cluster's object, and how its name ends.
FILE, ENDINGS = "spec_path", (".json", ".yaml", ".yml")


def unusable(module: str, name: str, value: Any) -> str:
    """Why the argument of one of the module's functions would be refused; "" when nobody here knows why."""
    if isinstance(value, str) and value:
        if name in NAMESPACE and not NAMED.fullmatch(value):
            return f"{value!r} is no name of a namespace: one, of small letters, digits and dashes"
        if name in SELECTOR and not LABELS.fullmatch(value):
            return f"{value!r} is no label selector: write name=value, or several with commas between"
    return _of_theirs(name, value) if module.startswith(THEIRS) else ""


def _of_theirs(name: str, value: Any) -> str:
    if name in WORDS and value not in WORDS[name]:
        return f"{value!r} is neither {' nor '.join(WORDS[name])}"
    if name == "qty" and value == 0:
        return "0 would take nothing"
    if name == FILE and isinstance(value, str) and value and (why := _of_file(Path(value))):
        return why
    if name in COUNTS and isinstance(value, int) and value < 0:
        return f"{value} is less than nothing"
    if name in PATTERNS and isinstance(value, str):
        try:
            re.compile(value)
        except re.error as error:
            return f"{value!r} is no regular expression: {error}"
    return ""


def _of_file(file: Path) -> str:
    if file.suffix not in ENDINGS:
        return f"'{file}' is read only where its name ends in {', '.join(ENDINGS)}"
    return "" if file.is_file() else f"there is no file '{file}' in {Path.cwd()}"
