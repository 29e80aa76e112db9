"""How Allure sorts what did not hold: its patterns are JavaScript's, and one that is none builds no page."""

import re

from slaharness.report.dashboard import CATEGORIES


def test_patterns_are_words_that_every_kind_of_pattern_reads_alike():
    """Flags in front, as Python has them, ended the page's plugin; Allure said nothing and exited with 0."""
    patterns = [one["messageRegex"] for one in CATEGORIES if "messageRegex" in one]
    assert patterns
    assert [one for one in patterns if one != re.escape(one).replace("\\ ", " ").replace("\\-", "-")] == []
