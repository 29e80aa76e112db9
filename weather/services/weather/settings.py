"""What a service is told by its environment, with the defaults it has in the cluster."""

import os
from dataclasses import dataclass, fields

#: Seconds for one answer of the database, retries on other nodes included; less than the edge's own limit.
#: Twice Cassandra's own, so that what one node could not do in time is still asked of another: a disk or a
#: processor that stands still for 2 s makes an answer late, and costs nobody theirs.
ANSWER_WITHIN = 4.0
#: Seconds after which the kernel gives up a client that takes nothing of what it is sent.
UNREAD = 20.0


@dataclass(frozen=True)
class Settings:
    """Times are seconds."""

    database: str = "cassandra.persistence"
    database_port: int = 9042
    keyspace: str = "weather"
    #: Who the service is there: by default its own name.
    database_role: str = ""
    database_password: str = ""
    #: Where the database speaks TLS: a file of authorities (PEM) by which it is verified, and the name that
    #: must be in its certificate.
    database_authority: str = ""
    database_name: str = "cassandra.persistence.svc"
    address: str = "0.0.0.0"  # noqa: S104 - a pod's own namespace
    port: int = 8000
    #: Only of who is told of alerts: where Pulsar is, a file with a token for it, the topic.
    pulsar: str = "pulsar://pulsar.streaming:6650"
    pulsar_token: str = "/tokens/notify"  # noqa: S105 - a file
    #: Where that is ``pulsar+ssl``: a file of authorities (PEM) by which it is verified, its name too.
    pulsar_authority: str = ""
    alerts: str = "persistent://weather/stream/alerts"
    answer_within: float = ANSWER_WITHIN
    #: Between SIGTERM and the last accepted connection: long enough for every edge to see /readyz say no.
    drain: float = 3.0
    #: What requests in flight may still take after that.
    finish_within: float = 5.0


def from_environment() -> Settings:
    """Each setting as the environment has it, WEATHER_DATABASE for ``database``, or else its default."""
    return Settings(
        **{
            one.name: type(one.default)(os.environ[variable])
            for one in fields(Settings)
            if (variable := f"WEATHER_{one.name.upper()}") in os.environ
        }
    )
