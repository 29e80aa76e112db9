"""The settings as a strict model. Every field's description is its entry in ``docs/settings.md``."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from slaharness.model import ColumnType
from slaharness.settings.fields import Connectable, Name, Names, RegistryAddress, Strict, Text, Url
from slaharness.settings.prometheus import Prometheus
from slaharness.settings.send import Send

#: Where certificates of authorities are; "" for nowhere.
CA = r"^((configmap|secret)/[a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$"


def _column(text: str) -> str:
    if text not in set(ColumnType):
        raise ValueError(f"{text!r} is none of {', '.join(ColumnType)}")
    return text


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

    ready: Annotated[str, Connectable] = Field(
        default="", description="As for `existing`. Rollouts are waited for in any case."
    )
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
    ready: Annotated[Text, Connectable] = Field(
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
    ca: Annotated[str, Field(pattern=CA)] = Field(
        default="",
        description="By whom its clients verify an `https` host: `configmap/NAME` or `secret/NAME` in "
        "`namespace`, whose key `ca.crt` holds certificates (PEM). Empty: as Locust does, `FastHttpUser` not "
        "at all.",
    )
    namespace: Name = Field(
        default="load", description="Where its pods run. Made for a run where it is missing."
    )
    image: str = Field(
        default="", description="Reference of the load's image, where the nodes have it already."
    )
    registry: RegistryAddress = Field(
        default="", description="`[http://]HOST[:PORT][/PATH]`: images are pushed there."
    )


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
        description="Whether the cluster enforces NetworkPolicies, as the local one does: then faults may "
        "make them.",
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
    send: Send | None = None

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if isinstance(self.stack, PythonStack):
            load = [f"load.{one}" for one in ("host", "ca", "namespace") if one in self.load.model_fields_set]
            own = [one for one in ("prometheus", "readback") if one in self.model_fields_set]
            if said := [*load, *own]:
                raise ValueError(f"{said[0]} is what stack.object says: leave it out here")
        elif self.stack and not self.load.host:
            raise ValueError("load.host is missing: the URL that the load goes to")
        if self.load.ca and not self.load.host.startswith("https://"):
            raise ValueError("load.ca is for an https host, and load.host is none")
        return self
