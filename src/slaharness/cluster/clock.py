"""The API server's clock, held against the harness's: each of its answers has a Date, in whole seconds."""

import time
from email.utils import parsedate_to_datetime

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from slaharness.cluster.api import Api
from slaharness.errors import HarnessError

#: Seconds that they may be apart, beyond what a Date leaves open.
TOLERANCE = 1.0


def apart(api: Api) -> str:
    """How far they are apart, in words; "" where they agree as far as is known, or it does not tell."""
    before = time.time()
    try:
        _, _, headers = client.VersionApi(api.client).get_code_with_http_info()
        theirs = parsedate_to_datetime(headers["Date"]).timestamp()
    except (ApiException, HarnessError, LookupError, ValueError, TypeError):
        return ""
    return difference(theirs, before, time.time())


def difference(theirs: float, before: float, after: float) -> str:
    """It said second ``theirs`` between ``before`` and ``after`` of ours: so much at least it is off."""
    ahead = max(theirs - after, min(theirs + 1.0 - before, 0.0))
    if abs(ahead) <= TOLERANCE:
        return ""
    which = "ahead of" if ahead > 0 else "behind"
    return f"the API server's clock is {abs(ahead):.1f} s {which} the harness's"
