"""``[prometheus]`` of the settings: where it is asked, and how the load's own metrics reach it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from slaharness.settings.access import Access
from slaharness.settings.fields import Connectable, Duration, Text, Url, Variable


class Prometheus(Access):
    """What verdicts are taken from."""

    url: Url | Literal[""] = Field(
        default="", description="Its URL: a Service's as for `ready`, or any other."
    )
    service: Annotated[str, Field(pattern=r"^([a-z0-9-]+/[a-z0-9-]+)?$")] = Field(
        default="",
        description="Instead of `url`: `NAMESPACE/NAME` of its Service, reached through the API server.",
    )
    port: int = Field(default=9090, ge=1, le=65535, description="The port of `service`.")
    interval: Duration = Field(
        default="15s", description="Between two scrapes. Windows hold ten or more of them."
    )
    kept: str = Field(
        default="",
        description="Regular expression: names of series that a record keeps beside what verdicts need.",
    )
    slower: str = Field(
        default="", description="Regular expression: jobs scraped less often, for which no verdict waits."
    )
    load: Literal["own", "scraped", "pod-monitor", "remote-write"] = Field(
        default="own",
        description="How the load's metrics reach it: `scraped`, because it finds the load's pods itself; "
        "`pod-monitor`, because its operator is told of them by a PodMonitor that a run makes; "
        "`own`, because it cannot, and a small Prometheus of the harness scrapes them; "
        "`remote-write`: as `own`, and that one sends them to `remote_write`, too.",
    )
    pod_monitor_labels: dict[Text, str] = Field(
        default={}, description="Labels of that PodMonitor, by which the operator selects it."
    )
    remote_write: Annotated[str, Field(pattern=r"^(https?://[^/@\s]+(/\S*)?)?$"), Connectable] = Field(
        default="", description="A URL for remote write, as the cluster's pods reach it, without a password."
    )
    remote_write_token: Variable = Field(
        default="", description="As `token`, for `remote_write`; so are the next ones."
    )
    remote_write_user: Variable = Field(default="", description="As `user`.")
    remote_write_password: Variable = Field(default="", description="As `password`.")
    remote_write_ca: Variable = Field(default="", description="As `ca`.")
    remote_write_cert: Variable = Field(default="", description="As `cert`.")
    remote_write_key: Variable = Field(default="", description="As `key`.")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if bool(self.url) == bool(self.service):
            raise ValueError("give one of url and service")
        inside = self.service or ".svc" in self.url.partition("://")[2].partition("/")[0]
        if inside and (
            named := [one for one in ("token", "user", "ca", "cert", "tenant") if getattr(self, one)]
        ):
            raise ValueError(f"{named[0]} does not pass through the API server: give a url of the outside")
        return self

    @model_validator(mode="after")
    def _wired(self) -> Self:
        """What is said of one way counts only with it, and would be passed over silently else."""
        if (self.load == "remote-write") != bool(self.remote_write):
            raise ValueError('remote_write and load = "remote-write" go together: give both or none')
        said = self.model_fields_set
        if self.load != "pod-monitor" and "pod_monitor_labels" in said:
            raise ValueError('pod_monitor_labels is only for load = "pod-monitor"')
        if not self.remote_write and (extra := sorted(one for one in said if one.startswith("remote_write"))):
            raise ValueError(f'{extra[0]} is only for load = "remote-write"')
        if self.remote_write_token and self.remote_write_user:
            raise ValueError("give one of remote_write_token and remote_write_user")
        return self
