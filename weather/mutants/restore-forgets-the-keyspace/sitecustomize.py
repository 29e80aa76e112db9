"""A restore that ends well whatever came of it."""

from ringbackup import database, loader, restore

database.Database.make = lambda *_: None
database.Database.grant = lambda *_: None
loader.load = lambda *_: None
restore._came_back = lambda ring, _whole: sorted(ring.tables())  # noqa: SLF001 - what a mutant is for
restore._read = lambda *_: 0.0  # noqa: SLF001
