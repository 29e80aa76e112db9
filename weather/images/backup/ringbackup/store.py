"""The object store: what is kept where in its bucket, and its errors in one line.

``objects/SHA256``           the content of a file, once, however many nodes and backups have it
``backups/NAME/backup.json`` what makes a backup one, written last
``backups/NAME/nodes/NODE``  the manifest of each node
``restores/NAME``            that this restore has emptied the database already
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ringbackup.errors import Spoiled, Trouble
from ringbackup.settings import Settings

OBJECTS, BACKUPS, RESTORES = "objects/", "backups/", "restores/"
WHOLE = "backup.json"
#: The store comes back in seconds or not for minutes: three tries with about a second between them.
LIMITS = Config(
    connect_timeout=3,
    read_timeout=20,
    retries={"mode": "standard", "max_attempts": 3},
    s3={"addressing_style": "path"},
    max_pool_connections=4,
    # What comes back is held against the manifest, whatever the store itself believes.
    response_checksum_validation="when_required",
)
THERE = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")
ABSENT = ("404", "NoSuchKey", "NoSuchBucket")


class Store:
    """One bucket. Every method raises Trouble in one line when the store does not do as asked."""

    def __init__(self, client: Any, url: str, bucket: str) -> None:
        self._client, self._url, self._bucket = client, url, bucket

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """With the credentials of the environment, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."""
        client = boto3.client("s3", endpoint_url=settings.store, region_name="us-east-1", config=LIMITS)
        return cls(client, settings.store, settings.bucket)

    def make(self) -> None:
        """Make the bucket, versioned, unless it is there: nobody overwrites a backup without a trace."""
        with self._asked("to make its bucket"):
            try:
                self._client.create_bucket(Bucket=self._bucket)
            except ClientError as error:
                if error.response["Error"]["Code"] not in THERE:
                    raise
            self._client.put_bucket_versioning(
                Bucket=self._bucket, VersioningConfiguration={"Status": "Enabled"}
            )

    def sizes(self, prefix: str) -> dict[str, int]:
        """Bytes of every key that begins so."""
        with self._asked(f"for its list of {prefix}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            return {one["Key"]: one["Size"] for page in pages for one in page.get("Contents", ())}

    def write(self, key: str, content: bytes) -> None:
        with self._asked(f"to keep {key}"):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256")

    def read(self, key: str) -> bytes:
        """Raise Spoiled when there is no such key."""
        with self._asked(f"for {key}"):
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            content: bytes = answer["Body"].read()
            return content

    def keep(self, path: Path, digest: str) -> None:
        """Upload a file; the store checks what arrives against a checksum."""
        with self._asked(f"to keep {path.name}"):
            self._client.upload_file(
                str(path), self._bucket, OBJECTS + digest, ExtraArgs={"ChecksumAlgorithm": "SHA256"}
            )

    def fetch(self, digest: str, path: Path) -> None:
        """Download a content and see that it is the one. Raises Spoiled when it is another one, or gone."""
        with self._asked(f"for {OBJECTS}{digest} ({path.name})"):
            self._client.download_file(self._bucket, OBJECTS + digest, str(path))
        if (got := sha256(path)) != digest:
            raise Spoiled(
                f"{path.name}: the store returned other content than was backed up: {got}, not {digest}"
            )

    def forget(self, keys: Iterable[str]) -> None:
        """Delete keys with all their versions, so that their room is free again."""
        for key in keys:
            with self._asked(f"to forget {key}"):
                for version in self._versions(key):
                    self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=version)

    def _versions(self, key: str) -> list[str]:
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=key)
        kinds = (
            one for page in pages for kind in ("Versions", "DeleteMarkers") for one in page.get(kind, ())
        )
        return [one["VersionId"] for one in kinds if one["Key"] == key]

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            said = error.response.get("Error", {})
            words = f"{said.get('Code', '?')}: {said.get('Message', 'no reason given')}"
            kind = Spoiled if said.get("Code") in ABSENT else Trouble
            raise kind(f"the object store was asked {what} and refused: {words}") from error
        except (BotoCoreError, boto3.exceptions.Boto3Error, OSError) as error:
            words = " ".join(str(error).split())
            raise Trouble(f"the object store at {self._url} was asked {what}: {words}") from error


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
