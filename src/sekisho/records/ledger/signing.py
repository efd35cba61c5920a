"""The signed head: an Ed25519 signature over the newest entry, with a key kept outside the database."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key

from sekisho.errors import InputError

__all__ = ["KEY_NAME", "check_signed_head", "load_or_make_key", "public_key_text", "sign_head"]

KEY_NAME = "ledger-ed25519.pem"


def load_or_make_key(folder: Path) -> Ed25519PrivateKey:
    """The installation's signing key; made at first use, readable by its owner only. InputError when of another kind."""
    path = folder / KEY_NAME
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Ed25519PrivateKey.generate()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError("ledger.wrong_key", file=path.name)
    return key


def public_key_text(key: Ed25519PrivateKey) -> str:
    """The public key in base64 (raw 32 bytes)."""
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def sign_head(key: Ed25519PrivateKey, *, sequence: int, digest: str, at: str) -> dict[str, Any]:
    """A head to keep elsewhere: number, hash, time (RFC 3339), public key, and a signature over the canonical JSON."""
    claim: dict[str, Any] = {"schema": "sekisho.ledger-head/1", "sequence": sequence, "hash": digest, "at": at}
    signature = base64.b64encode(key.sign(rfc8785.dumps(claim))).decode()
    return {**claim, "public_key": public_key_text(key), "signature": signature}


def check_signed_head(head: dict[str, Any], *, trusted_public_key: str) -> bool:
    """Whether the signature is by the trusted key (the one inside the file proves nothing by itself)."""
    claim: dict[str, Any] = {name: head.get(name) for name in ("schema", "sequence", "hash", "at")}
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(trusted_public_key, validate=True))
        public.verify(base64.b64decode(str(head.get("signature", "")), validate=True), rfc8785.dumps(claim))
    except (InvalidSignature, ValueError):
        return False
    return True
