"""Where the database is now: the addresses behind its name, and which of them accept a connection."""

import asyncio
import socket
from collections.abc import Iterable

#: Seconds for one node to accept.
WITHIN = 1.0


async def resolve(name: str, port: int) -> list[str]:
    """Every IPv4 address of the name, sorted; none while it does not resolve."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(name, port, family=socket.AF_INET, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return []
    return sorted({str(entry[4][0]) for entry in found})


async def accepting(addresses: Iterable[str], port: int) -> list[str]:
    """Those where something listens: asked first, since a driver's connection costs far more."""
    return [address for address in await asyncio.gather(*(_try(a, port) for a in addresses)) if address]


async def _try(address: str, port: int) -> str | None:
    try:
        async with asyncio.timeout(WITHIN):
            _, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError):
        return None
    writer.close()
    return address
