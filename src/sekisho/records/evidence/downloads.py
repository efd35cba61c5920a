"""Evidence in and out of requests: stored bytes as a download, uploads within the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from sekisho.errors import InputError, NotFound
from sekisho.records.downloads import attachment
from sekisho.records.evidence import actions

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpResponse

    from sekisho.records.evidence.models import Artifact

__all__ = ["download", "read_upload"]


def download(artifact: Artifact, name: str) -> HttpResponse:
    """The bytes as an attachment, never shown within the page. Raises NotFound when they were erased."""
    if artifact.erased_at is not None:
        raise NotFound("evidence.erased", reason=artifact.erased_reason)
    return attachment(
        actions.artifact_store().open(artifact.sha256),
        name=name or artifact.sha256,
        media_type=artifact.media_type if "/" in artifact.media_type else "application/octet-stream",
    )


def read_upload(file: UploadedFile[Any]) -> bytes:
    """All of an uploaded file, within the limit."""
    if (file.size or 0) > settings.SEKISHO_MAX_UPLOAD:
        raise InputError("evidence.too_large", limit=settings.SEKISHO_MAX_UPLOAD)
    return bytes(file.read())
