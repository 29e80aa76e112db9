"""From ``[send]`` of the settings to a Receiver, with all that it needs."""

from dataclasses import fields

from slaharness.errors import BadInput
from slaharness.report.outward.send import Receiver
from slaharness.settings.send import Send
from slaharness.stack.protocol import Auth


def build(given: Send | None) -> Receiver:
    """Raise BadInput where nothing is named, or a library or an environment variable is not there."""
    if given is None:
        raise BadInput("send is missing: where figures are to be sent to (see docs/settings.md)")
    auth = Auth(**{one.name: getattr(given, one.name) for one in fields(Auth)})
    found = Receiver(given.url, given.protocol, given.labels, auth)
    found.check()
    return found
