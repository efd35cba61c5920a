"""A file between its preview and the confirmation: kept on the server under its own hash, named only by a signed ticket.

The ticket says whose file it is, for which organisation, and its SHA-256; what is imported is what was previewed, to the byte.
Files nobody confirmed are removed by the next upload after an hour.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core import signing

from sekisho.errors import Conflict, InputError
from sekisho.records.catalog.rules import read_upload

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sekisho.records.organization.principals import Principal
    from sekisho.standards.model import Catalog

__all__ = ["KEPT_SECONDS", "keep", "take"]

KEPT_SECONDS: Final = 3600
_SALT: Final = "sekisho.catalog.import"


def _folder() -> Path:
    folder: Path = settings.CONFIG.home / "uploads" / "catalog"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep(principal: Principal, *, content: bytes, filename: str, organization_id: uuid.UUID, now: datetime) -> str:
    """Keep a previewed file; returns the ticket."""
    folder = _folder()
    for old in folder.iterdir():
        with suppress(FileNotFoundError):  # another process removed it
            if now.timestamp() - old.stat().st_mtime > KEPT_SECONDS:
                old.unlink()
    digest = hashlib.sha256(content).hexdigest()
    handle, temporary = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(temporary).replace(folder / digest)
    facts = {"sha256": digest, "name": filename, "organization": str(organization_id), "person": str(principal.person_id)}
    return signing.dumps(facts, salt=_SALT)


def take(principal: Principal, *, ticket: str, organization_id: uuid.UUID) -> Catalog:
    """The catalogue in the kept file. Raises Conflict ``catalog.upload_gone`` when the ticket is old, another's or forged."""
    try:
        facts = signing.loads(ticket, salt=_SALT, max_age=KEPT_SECONDS)
    except signing.BadSignature as error:
        raise Conflict("catalog.upload_gone") from error
    if (facts["organization"], facts["person"]) != (str(organization_id), str(principal.person_id)):
        raise Conflict("catalog.upload_gone")
    try:
        content = (_folder() / facts["sha256"]).read_bytes()
    except FileNotFoundError as error:
        raise Conflict("catalog.upload_gone") from error
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise InputError("catalog.upload_damaged")
    return read_upload(content, facts["name"])
