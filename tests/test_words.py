"""The harness knows no stack: the words of the first one stand in its own folder."""

import re
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "slaharness"
WORDS = re.compile(
    r"weather|cassandra|\bstations?\b|temperature|\breadings\b|persistence|observability|haproxy|http_requests",
    re.IGNORECASE,
)


def test_no_word_of_a_stack_is_in_the_harness():
    """Another stack would meet it as a fault in the harness."""
    files = (file for file in sorted(SOURCE.rglob("*")) if file.is_file() and file.suffix != ".pyc")
    found = [
        f"{file.relative_to(SOURCE)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1)
        if WORDS.search(line)
    ]
    assert found == []
