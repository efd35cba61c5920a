"""Tokens of what was shown: a form gives back the one it was made from, so that nobody undoes what another one saved."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from sekisho.errors import Conflict

__all__ = ["require_token", "token_of"]

_LENGTH: Final = 16


def token_of(*values: Any) -> str:
    """A short text that differs when any of the values (JSON, days, moments, ids) differs."""
    return hashlib.sha256(msgspec.json.encode(values, order="deterministic")).hexdigest()[:_LENGTH]


def require_token(given: str | None, *, present: str) -> None:
    """Raise Conflict ``procurement_notice.changed_meanwhile`` unless ``given`` is that of what stands there now.

    None: the caller has just read it under the same lock.
    """
    if given is not None and given != present:
        raise Conflict("procurement_notice.changed_meanwhile")
