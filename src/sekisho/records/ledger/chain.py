"""The chain's arithmetic: canonical bodies, salted hashes, links. Pure."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

import rfc8785

__all__ = ["GENESIS", "body_of", "content_hash", "link"]

GENESIS: Final = "0" * 64


def body_of(values: dict[str, Any]) -> str:
    """Canonical JSON (RFC 8785) of an entry's facts: ids, codes, salted hashes; no words that somebody may have to erase."""
    return rfc8785.dumps(values).decode()


def link(previous_hash: str, body: str) -> str:
    """SHA-256 (hex) over the previous entry's hash and this entry's body."""
    return hashlib.sha256(f"{previous_hash}\n{body}".encode()).hexdigest()


def content_hash(*, salt: str, value: Any) -> str:
    """HMAC-SHA-256 (hex) of erasable content: cannot be guessed back once its salt is gone."""
    return hmac.new(bytes.fromhex(salt), rfc8785.dumps(value), hashlib.sha256).hexdigest()
