"""What each verdict is about, in a sentence for people who know neither Kubernetes nor this harness."""

import re
from collections.abc import Mapping
from contextlib import suppress

from slaharness.errors import RecordTrouble
from slaharness.model import Verdict
from slaharness.record.store import RecordStore

#: Of checks, by the names of their verdicts; of one that is asked of several stages, with the stage.
SENTENCES = {
    "(?P<stage>.+)-content": "All that had to come to {stage} is there, and nothing else",
    "(?P<stage>.+)-freshness": "What has to come to {stage} comes in time",
    "cold-started": "Whoever asks a sleeping service is answered soon",
    "cost": "It costs no more than it may",
    "drained": "All work that was accepted is done in time",
    "no-residue": "Everything is as it was before",
    "recovery": "Requests are well again in time, and stay so",
    "restored-content": "The backup brings back all that it was made of",
    "retried": "What was interrupted ended well all the same",
    "rpo": "Little was written after the backup, and lost with it",
    "rto": "All is back soon",
    "scaled-in": "A service shrinks when work ends",
    "scaled-out": "A service grows with its work",
    "scaled-to-zero": "A service that nobody asks has no pod soon, and lastingly",
    "stayed-awake": "A service has a pod for as long as there is work",
    "steady-state-hypothesis": "The stack is as steady after the fault as before it",
    "storage-gone": "What came back came from the backup alone",
}


def titles(store: RecordStore) -> Mapping[str, str]:
    """What each objective of the record is called for people, by name; none of a broken one."""
    with suppress(RecordTrouble):
        return {name: one.title for name, one in store.objectives().items()}
    return {}


def promise(verdict: Verdict, called: Mapping[str, str]) -> str:
    """Its objective's title, or what its check asks; the name alone of a check that is a project's own."""
    name = verdict.objective
    if title := called.get(name):
        return title
    exact = SENTENCES.get(name)
    found = (
        sentence.format(**match.groupdict())
        for pattern, sentence in SENTENCES.items()
        if (match := re.fullmatch(pattern, name))
    )
    return exact or next(found, name)
