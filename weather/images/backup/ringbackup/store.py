"""The object store: what is kept where in its bucket, and its errors in one line.

``objects/SHA256``           the content of a file, once, however many nodes and backups have it
``backups/NAME/backup.json`` what makes a backup one, written last
``backups/NAME/nodes/NODE``  the manifest of each node
``restores/NAME``            that this restore has emptied the database already
"""

import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from minio.versioningconfig import ENABLED, VersioningConfig

from ringbackup.errors import Spoiled, Trouble
from ringbackup.settings import Settings

OBJECTS, BACKUPS, RESTORES = "objects/", "backups/", "restores/"
WHOLE = "backup.json"
#: Seconds to connect, and for an answer. The store comes back in seconds or not for minutes: three tries.
LIMITS = urllib3.Timeout(connect=3, read=20)
TRIES = urllib3.Retry(total=2, backoff_factor=0.5, status_forcelist=(500, 502, 503, 504))
#: Bytes that are held in memory of a larger file.
PART = 16 << 20
THERE = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")
ABSENT = ("NoSuchKey", "NoSuchBucket")


class Store:
    """One bucket. Every method raises Trouble in one line when the store does not do as asked."""

    def __init__(self, client: Minio, url: str, bucket: str) -> None:
        self._client, self._url, self._bucket = client, url, bucket

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """With the credentials of the environment, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."""
        url = urlsplit(settings.store)
        client = Minio(
            url.netloc,
            access_key=os.environ["AWS_ACCESS_KEY_ID"],
            secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            secure=url.scheme == "https",
            region="us-east-1",
            http_client=urllib3.PoolManager(timeout=LIMITS, retries=TRIES, maxsize=4),
        )
        return cls(client, settings.store, settings.bucket)

    def make(self) -> None:
        """Make the bucket, versioned, unless it is there: nobody overwrites a backup without a trace."""
        with self._asked("to make its bucket"):
            try:
                self._client.make_bucket(self._bucket)
            except S3Error as error:
                if error.code not in THERE:
                    raise
            self._client.set_bucket_versioning(self._bucket, VersioningConfig(ENABLED))

    def sizes(self, prefix: str) -> dict[str, int]:
        """Bytes of every key that begins so."""
        with self._asked(f"for its list of {prefix}"):
            found = self._client.list_objects(self._bucket, prefix, recursive=True)
            return {one.object_name: one.size for one in found}

    def write(self, key: str, content: bytes) -> None:
        with self._asked(f"to keep {key}"):
            self._client.put_object(self._bucket, key, io.BytesIO(content), len(content))

    def read(self, key: str) -> bytes:
        """Raise Spoiled when there is no such key."""
        with self._asked(f"for {key}"), self._client.get_object(self._bucket, key) as answer:
            content: bytes = answer.read()
            return content

    def keep(self, path: Path, digest: str) -> None:
        """Upload a file. What is sent is signed, so that the store refuses what arrives changed."""
        with self._asked(f"to keep {path.name}"):
            self._client.fput_object(
                self._bucket, OBJECTS + digest, str(path), part_size=PART, num_parallel_uploads=1
            )

    def fetch(self, digest: str, path: Path) -> None:
        """Download a content and see that it is the one. Raises Spoiled when it is another one, or gone."""
        with self._asked(f"for {OBJECTS}{digest} ({path.name})"):
            self._client.fget_object(self._bucket, OBJECTS + digest, str(path))
        checked(path, digest)

    def forget(self, keys: Iterable[str]) -> None:
        """Delete keys with all their versions, so that their room is free again."""
        for key in keys:
            with self._asked(f"to forget {key}"):
                versions = self._client.list_objects(self._bucket, key, include_version=True)
                for one in [found for found in versions if found.object_name == key]:
                    self._client.remove_object(self._bucket, key, version_id=one.version_id)

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        try:
            yield
        except S3Error as error:
            kind = Spoiled if error.code in ABSENT else Trouble
            words = f"{error.code}: {error.message}"
            raise kind(f"the object store was asked {what} and refused: {words}") from error
        except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
            words = " ".join(str(_root(error)).split())
            raise Trouble(f"the object store at {self._url} was asked {what}: {words}") from error


def _root(error: BaseException) -> BaseException:
    """What was behind it: urllib3 wraps a refused connection in a page of its own words."""
    cause = getattr(error, "reason", None) or error.__cause__
    return _root(cause) if isinstance(cause, BaseException) else error


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checked(path: Path, digest: str) -> None:
    """Raise Spoiled unless the file holds what has this digest."""
    if (got := sha256(path)) != digest:
        raise Spoiled(
            f"{path.name}: the store returned other content than was backed up: SHA-256 {got}, not {digest}"
        )
