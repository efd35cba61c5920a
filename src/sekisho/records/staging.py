"""A file between its preview and the confirmation: kept under its hash, named only by a signed ticket of that person."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core import signing

from sekisho.errors import Conflict

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["KEPT_SECONDS", "keep", "take"]

KEPT_SECONDS: Final = 3600


def _folder() -> Path:
    folder: Path = settings.CONFIG.home / "uploads" / "staged"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep(principal: Principal, *, content: bytes, name: str, purpose: str, organization_id: uuid.UUID, now: datetime) -> str:
    """Keep a previewed file for an hour; returns the ticket that confirms exactly these bytes for this ``purpose``."""
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
    facts = {"sha256": digest, "name": name, "organization": str(organization_id), "person": str(principal.person_id)}
    return signing.dumps(facts, salt=f"sekisho.staging.{purpose}")


def take(principal: Principal, *, ticket: str, purpose: str, organization_id: uuid.UUID) -> tuple[bytes, str]:
    """The kept bytes and their name. Raises Conflict ``tabular.upload_gone`` when the ticket is old, another's or forged."""
    try:
        facts = signing.loads(ticket, salt=f"sekisho.staging.{purpose}", max_age=KEPT_SECONDS)
    except signing.BadSignature as error:
        raise Conflict("tabular.upload_gone") from error
    if (facts["organization"], facts["person"]) != (str(organization_id), str(principal.person_id)):
        raise Conflict("tabular.upload_gone")
    try:
        content = (_folder() / facts["sha256"]).read_bytes()
    except FileNotFoundError as error:
        raise Conflict("tabular.upload_gone") from error
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise Conflict("tabular.upload_gone")
    return content, facts["name"]
