"""The readings service, which takes whoever answers for the database."""

import ssl
from typing import Any

from weather.trust import Verifying

from weather import __main__ as service
from weather import database


class Trusting(Verifying):
    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self.check_hostname, self.verify_mode = False, ssl.CERT_NONE


database.Verifying = Trusting  # type: ignore[misc]
service.main()
