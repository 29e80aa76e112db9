"""How a server is told who asks: settings name environment variables, and no secret is in them."""

from pydantic import Field

from slaharness.settings.fields import Strict, Variable


class Access(Strict):
    """What a table of the settings says of it, beside where the server is."""

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
