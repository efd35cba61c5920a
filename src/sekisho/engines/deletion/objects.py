"""Objects of an S3 store: every version and delete marker, in batches; what a lock or a legal hold keeps is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from sekisho.engines.deletion.model import Achieved, Guard, Item, Listing, Objects, Outcome, Statement, Stop, Verification
from sekisho.errors import InputError, Unavailable

if TYPE_CHECKING:
    from sekisho.engines.deletion.journal import Journal

__all__ = ["erase_objects", "list_objects", "verify_objects"]

_BATCH: Final = 500
_NOT_CONFIGURED: Final = frozenset({
    "ObjectLockConfigurationNotFoundError", "ReplicationConfigurationNotFoundError", "NoSuchObjectLockConfiguration",
    "NotImplemented", "MethodNotAllowed", "InvalidRequest",
})  # fmt: skip


@contextmanager
def _errors(target: Objects) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        raise Unavailable("deletion.store_refused", target=target.id, bucket=target.bucket, reason=code) from error
    except BotoCoreError as error:
        raise Unavailable("deletion.store_unreachable", target=target.id, kind=type(error).__name__) from error


def _scope(target: Objects) -> tuple[str, str | None]:
    """Prefix to list by, and the exact key if only one is meant. Raises InputError ``deletion.object_scope``."""
    given = [target.key is not None, target.prefix is not None, target.whole_bucket]
    if sum(given) != 1 or (target.prefix is not None and not target.prefix.endswith("/")) or target.key == "":
        raise InputError("deletion.object_scope", target=target.id)
    return (target.key or target.prefix or ""), target.key


def _versions(target: Objects, client: Any) -> Iterator[Item]:
    prefix, exact = _scope(target)
    for page in client.get_paginator("list_object_versions").paginate(Bucket=target.bucket, Prefix=prefix):
        for kind, rows in (("version", page.get("Versions", [])), ("delete_marker", page.get("DeleteMarkers", []))):
            for row in rows:
                if exact is None or row["Key"] == exact:
                    fields = {"key": row["Key"], "version": row["VersionId"], "changed": row["LastModified"].isoformat()}
                    name = f"{row['Key']}#{row['VersionId']}"
                    yield Item(name=name, kind=kind, size=int(row.get("Size", 0)), fields=fields)


def _uploads(target: Objects, client: Any) -> Iterator[Item]:
    """Uploads that were begun and never finished hold bytes, too."""
    prefix, exact = _scope(target)
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=target.bucket, Prefix=prefix):
        for row in page.get("Uploads", []):
            if exact is None or row["Key"] == exact:
                fields = {"key": row["Key"], "upload": row["UploadId"], "changed": ""}
                yield Item(name=f"{row['Key']}#{row['UploadId']}", kind="upload", fields=fields)


def _asked(call: Any, **arguments: Any) -> dict[str, Any] | None:
    """An answer about the bucket, None where the store has no such setting."""
    try:
        answer: dict[str, Any] = call(**arguments)
    except ClientError as error:
        if str(error.response.get("Error", {}).get("Code", "")) in _NOT_CONFIGURED:
            return None
        raise
    return answer


def list_objects(target: Objects, client: Any) -> Listing:
    """Every version, delete marker and unfinished upload in scope; what is locked is refused.

    ``client``: a boto3 S3 client. Raises InputError ``deletion.object_scope``, Unavailable.
    """
    with _errors(target):
        items = [*_versions(target, client), *_uploads(target, client)]
        locks = _asked(client.get_object_lock_configuration, Bucket=target.bucket) is not None
        if locks:
            items = [_locked(item, target, client) for item in items]
        said = _about(target, client)
    ordered = tuple(sorted(items, key=lambda i: (i.name, i.kind)))
    would = [i for i in ordered if i.state == "would"]
    rows = (msgspec.json.encode((i.name, i.kind, i.size, i.note)) + b"\n" for i in ordered)
    digest = hashlib.sha256(b"".join(rows)).hexdigest()
    return Listing(
        target=target.id, type="objects", items=ordered, count=len(would), bytes=sum(i.size for i in would),
        refused=len(ordered) - len(would), digest=digest, statements=said,
    )  # fmt: skip


def _locked(item: Item, target: Objects, client: Any) -> Item:
    if item.kind != "version":
        return item
    about = {"Bucket": target.bucket, "Key": item.fields["key"], "VersionId": item.fields["version"]}
    head = client.head_object(**about)
    if head.get("ObjectLockLegalHoldStatus") == "ON":
        return msgspec.structs.replace(item, state="refused", note="legal_hold")
    until = head.get("ObjectLockRetainUntilDate")
    if head.get("ObjectLockMode") and until:
        fields = {**item.fields, "until": until.isoformat()}
        return msgspec.structs.replace(item, state="refused", note="object_lock", fields=fields)
    return item


def _about(target: Objects, client: Any) -> tuple[Statement, ...]:
    status = client.get_bucket_versioning(Bucket=target.bucket).get("Status", "Off")
    said = [Statement(code="deletion.versioning", fields={"status": status})]
    if _asked(client.get_bucket_replication, Bucket=target.bucket) is not None:
        said.append(Statement(code="deletion.replicated"))
    return tuple(said)


def erase_objects(target: Objects, listing: Listing, client: Any, *, guard: Guard, journal: Journal | None = None) -> Outcome:
    """Delete exactly the listed versions, markers and uploads; ``guard`` is asked before each batch."""
    before = journal.done.get(target.id, {}) if journal else {}
    if journal:
        journal.begin(listing)
    made: dict[str, Item] = {i.name: i for i in listing.items if i.state == "refused"}
    made |= {name: item for name, item in before.items() if item.state in {"done", "gone"}}
    waiting = [i for i in listing.items if i.name not in made]
    stop: Stop | None = None
    for start in range(0, len(waiting), _BATCH):
        batch = waiting[start : start + _BATCH]
        if stop is None:
            stop = guard(target.id, batch[0].name)
        if stop is not None:
            state = "held" if stop.code == "deletion.held" else "untouched"
            made |= {i.name: msgspec.structs.replace(i, state=state) for i in batch}
            continue
        try:
            with _errors(target):
                made |= _batch(batch, target, client, journal)
        except Unavailable as error:  # what became of the rest of the batch is not known: it is not reported as gone
            stop = Stop(code=error.code, fields={name: str(value) for name, value in error.fields.items()})
            unsure = [i for i in batch if i.name not in made]
            made |= {i.name: msgspec.structs.replace(i, state="failed", note="not_known") for i in unsure}
        if journal:
            journal.sync()
    return _outcome(target, listing, tuple(made[i.name] for i in listing.items), stop)


def _batch(batch: list[Item], target: Objects, client: Any, journal: Journal | None) -> dict[str, Item]:
    found = {}
    for item in _erased(batch, target, client):
        found[item.name] = item
        if journal:
            journal.record(target.id, item)
    return found


def _erased(batch: list[Item], target: Objects, client: Any) -> Iterator[Item]:
    uploads = [i for i in batch if i.kind == "upload"]
    stored = {(i.fields["key"], i.fields["version"]): i for i in batch if i.kind != "upload"}
    if stored:
        wanted = [{"Key": key, "VersionId": version} for key, version in stored]
        answer = client.delete_objects(Bucket=target.bucket, Delete={"Objects": wanted})
        refused = {(e.get("Key"), e.get("VersionId")): str(e.get("Code", "")) for e in answer.get("Errors", [])}
        confirmed = {(d.get("Key"), d.get("VersionId")) for d in answer.get("Deleted", [])}
        for name, item in stored.items():
            if name in confirmed and name not in refused:
                yield msgspec.structs.replace(item, state="done")
            else:
                fields = {**item.fields, "reason": refused.get(name, "")}
                yield msgspec.structs.replace(item, state="failed", note="refused_by_store", fields=fields)
    for item in uploads:
        client.abort_multipart_upload(Bucket=target.bucket, Key=item.fields["key"], UploadId=item.fields["upload"])
        yield msgspec.structs.replace(item, state="done")


def _outcome(target: Objects, listing: Listing, items: tuple[Item, ...], stop: Stop | None) -> Outcome:
    gone = [i for i in items if i.state in {"done", "gone"}]
    achieved: Achieved = "deleted" if gone else "none"
    said = [*listing.statements, Statement(code="deletion.store_below_unknown")]
    if target.method != "clear":
        said.append(Statement(code="deletion.not_reached", fields={"asked": target.method, "achieved": achieved}))
    return Outcome(
        target=target.id, type="objects", asked=target.method, achieved=achieved, done=len(gone), left=len(items) - len(gone),
        bytes=sum(i.size for i in gone), overwritten=0, items=items, statements=tuple(said),
        stopped=Statement(code=stop.code, fields=stop.fields) if stop else None,
    )  # fmt: skip


def verify_objects(target: Objects, items: tuple[Item, ...], client: Any) -> Verification:
    """Whether the versions that were reported gone are gone, and whether anything new lies in the same scope."""
    gone = {i.name for i in items if i.state in {"done", "gone"}}
    with _errors(target):
        present = {i.name for i in (*_versions(target, client), *_uploads(target, client))}
    left = tuple(sorted(gone & present))
    checks = (
        Statement(code="deletion.checked_objects", fields={"count": len(gone), "others": len(present - gone)}),
        Statement(code="deletion.store_below_unknown"),
    )
    return Verification(
        target=target.id, result="left" if left else "gone", checked=len(gone), total=len(gone), left=left, checks=checks
    )
