"""What a service is told by its environment, with the defaults it has in the cluster."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Times are seconds."""

    database: str = "cassandra.persistence"
    database_port: int = 9042
    keyspace: str = "weather"
    port: int = 8000
    #: One statement's whole time, retries on other nodes included. Less than the edge's own limit.
    answer_within: float = 2.0
    #: Between SIGTERM and the last accepted connection: long enough for every edge to see /readyz say no.
    drain: float = 3.0
    #: What requests in flight may still take after that.
    finish_within: float = 5.0


def from_environment() -> Settings:
    """Settings with WEATHER_DATABASE, WEATHER_DATABASE_PORT and WEATHER_PORT applied."""
    default = Settings()
    return Settings(
        database=os.environ.get("WEATHER_DATABASE", default.database),
        database_port=int(os.environ.get("WEATHER_DATABASE_PORT", default.database_port)),
        port=int(os.environ.get("WEATHER_PORT", default.port)),
    )
