"""The settings as a strict model. Every field's description is its entry in ``docs/settings.md``."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from slaharness.errors import BadInput
from slaharness.host.duration import seconds
from slaharness.model import ColumnType

#: A name as Kubernetes has it.
NAME = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
VARIABLE = r"^([A-Za-z_][A-Za-z0-9_]*)?$"


def _duration(text: str) -> str:
    try:
        seconds(text)
    except BadInput as error:
        raise ValueError(str(error)) from error
    return text


def _column(text: str) -> str:
    if text not in set(ColumnType):
        raise ValueError(f"{text!r} is none of {', '.join(ColumnType)}")
    return text


Name = Annotated[str, Field(pattern=NAME)]
Names = Annotated[list[Name], Field(min_length=1)]
Text = Annotated[str, Field(min_length=1)]
Url = Annotated[str, Field(pattern=r"^https?://[^/\s]+")]
Variable = Annotated[str, Field(pattern=VARIABLE)]
Duration = Annotated[str, AfterValidator(_duration)]


class Strict(BaseModel):
    """Nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PythonStack(Strict):
    """A Python object that keeps the protocol ``slaharness.stack.protocol.Stack``."""

    kind: Literal["python"]
    object: Annotated[str, Field(pattern=r"^[\w.]+:\w+$")] = Field(
        description="`MODULE:OBJECT`. The module is looked for in the project's folder first."
    )


class Declared(Strict):
    name: Name = Field(description="Its name, for labels and reports.")
    namespaces: Names = Field(description="Where it lives. Faults may go nowhere else.")


class Built(Declared):
    """What is deployed by the harness."""

    ready: str = Field(default="", description="As for `existing`. Rollouts are waited for in any case.")
    images: str = Field(
        default="",
        description="A folder with a folder for each image that manifests name `localhost/slaharness/NAME`, "
        "each with a Containerfile. Empty: images come from elsewhere.",
    )


class KustomizeStack(Built):
    """A Kustomize folder, or one for each profile. Deployed by the harness, and removed with its data."""

    kind: Literal["kustomize"]
    folder: str = Field(
        default="", description="The Kustomize folder, for every profile that a scenario names."
    )
    profiles: str = Field(
        default="", description="Instead of `folder`: a folder with a Kustomize folder for each profile."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.folder) == bool(self.profiles):
            raise ValueError("give one of folder and profiles")
        return self


class HelmStack(Built):
    """A chart, rendered by the `helm` on your PATH. Deployed by the harness, and removed with its data.

    Hooks of an install are applied with all the rest, those of upgrades, deletions and tests are left out.
    """

    kind: Literal["helm"]
    chart: Text = Field(description="A chart's folder or archive, or a reference that your `helm` knows.")
    values: list[Text] = Field(default=[], description="Files of values, the last one counts most.")


class ExistingStack(Declared):
    """Runs already. Never deployed, never deleted; faults need the allow label on its namespaces."""

    kind: Literal["existing"]
    ready: Text = Field(
        description="How to see that it serves: a URL that must answer below 400 "
        "(`http://NAME.NAMESPACE.svc[:PORT]/PATH` is reached through the API server), or a label selector "
        "whose pods in `namespaces` must all be ready."
    )


Stack = Annotated[PythonStack | KustomizeStack | HelmStack | ExistingStack, Field(discriminator="kind")]


class Load(Strict):
    """Where the load goes and runs."""

    host: Url | Literal[""] = Field(
        default="", description="What load profiles call host: a URL as the cluster's pods reach it."
    )
    namespace: Name = Field(
        default="load", description="Where its pods run. Made for a run where it is missing."
    )
    image: str = Field(
        default="", description="Reference of the load's image, where the nodes have it already."
    )
    registry: str = Field(default="", description="`[http://]HOST[:PORT][/PATH]`: images are pushed there.")


class Prometheus(Strict):
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
    remote_write: Annotated[str, Field(pattern=r"^(https?://[^/@\s]+(/\S*)?)?$")] = Field(
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
    token: Variable = Field(
        default="", description="Name of the environment variable that holds a bearer token."
    )
    user: Variable = Field(
        default="", description="Name of the variable with the user for basic authentication."
    )
    password: Variable = Field(default="", description="Name of the variable with that user's password.")
    ca: Variable = Field(default="", description="Name of the variable with the path of a CA bundle (PEM).")
    cert: Variable = Field(
        default="", description="Name of the variable with the path of a client certificate."
    )
    key: Variable = Field(
        default="", description="Name of the variable with the path of that certificate's key."
    )
    tenant: Variable = Field(
        default="", description="Name of the variable with the tenant (`X-Scope-OrgID`)."
    )

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


class Readback(Strict):
    """Where every row can be read after the load, to be held against the ledger of what it wrote."""

    url: Url = Field(
        description="Answers all rows: as JSON, a list of objects; or as CSV with a header, ending in the "
        "line `# end,COUNT`, so that half an answer is never taken for all of it."
    )
    key: Text = Field(description="The column by which a row is known.")
    columns: Annotated[dict[Text, Annotated[str, AfterValidator(_column)]], Field(min_length=2)] = Field(
        description="Each column and its type, `text`, `integer` or `number`. All but the key, in this order "
        "and joined by `|`, are what a load profile gives as a write's value."
    )
    run: str = Field(
        default="", description="The column that tells rows of a run from others'. Empty: all are its."
    )

    @model_validator(mode="after")
    def _columns_are_there(self) -> Self:
        for field in ("key", "run"):
            if (name := getattr(self, field)) and name not in self.columns:
                raise ValueError(f"{field} names {name!r}, which is not among columns")
        if self.run == self.key:
            raise ValueError("run and key are the same column")
        return self


class Faults(Strict):
    """What may strike, and where."""

    modules: list[Text] = Field(default=[], description="Python modules of your own that hold faults.")
    contexts: list[Text] = Field(default=[], description="Kubeconfig contexts that faults may hit.")
    processes: bool = Field(default=False, description="Whether experiments may start programs here.")
    dynamic_configuration: bool = Field(
        default=False, description="Whether an experiment's configuration may come from a probe."
    )
    network_policies: bool = Field(
        default=False,
        description="Whether the cluster enforces NetworkPolicies: then faults may make them.",
    )


class Scenarios(Strict):
    """How scenarios are run."""

    default: str = Field(
        default="", description="The scenario that `slaharness run` runs when none is named."
    )


class Settings(Strict):
    """All of it. A project that only judges records needs none."""

    stack: Stack | None = Field(default=None, description="The system under test.")
    load: Load = Load()
    prometheus: Prometheus | None = None
    readback: Readback | None = None
    faults: Faults = Faults()
    scenarios: Scenarios = Scenarios()

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if isinstance(self.stack, PythonStack):
            load = [f"load.{one}" for one in ("host", "namespace") if one in self.load.model_fields_set]
            own = [one for one in ("prometheus", "readback") if one in self.model_fields_set]
            if said := [*load, *own]:
                raise ValueError(f"{said[0]} is what stack.object says: leave it out here")
        elif self.stack and not self.load.host:
            raise ValueError("load.host is missing: the URL that the load goes to")
        return self
