"""A store that does not keep what it is given: of every SSTable's data, one bit is another one."""

from pathlib import Path

from ringbackup.store import Store

_keep = Store.keep


def _changed(store: Store, path: Path, digest: str) -> None:
    if not path.name.endswith("Data.db"):
        _keep(store, path, digest)
        return
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    store.write(f"objects/{digest}", bytes(content))


Store.keep = _changed
