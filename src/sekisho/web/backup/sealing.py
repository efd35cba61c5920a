"""The sealed file: AES-256-GCM over chunks of 1 MiB in the STREAM construction.

    magic ‖ length of header (2 bytes) ‖ header (JSON) ‖ chunk ‖ chunk ‖ … ‖ last chunk

STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance",
CRYPTO 2015): the nonce of each chunk is a random prefix, the chunk's number, and a flag that marks the last one, so that chunks
cannot be altered, reordered, left out or cut off unnoticed. The file's key comes from the passphrase by scrypt (RFC 7914), or
from a key of 32 bytes, and through HKDF-SHA-256 (RFC 5869) depends on the whole header; a second value from the same HKDF stands
in the file to tell a wrong passphrase from a damaged file, and binds the file to one key.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import IO, Any, Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from sekisho.errors import InputError

__all__ = ["CHUNK", "MAGIC", "SealedReader", "SealedWriter", "Secret"]

MAGIC: Final = b"SEKISHO-BACKUP/1\n"
CHUNK: Final = 1024 * 1024
_TAG: Final = 16
_CHECK: Final = 16
_SIZES: Final = (7, 16)  # bytes of prefix and salt
_MOST_HEADER: Final = 4096
_MOST_CHUNKS: Final = 2**32
# scrypt: 128 MiB and about half a second. What a header may ask for is bounded, or a hostile file could exhaust the machine.
_N, _R, _P = 2**17, 8, 1
_MOST_N, _MOST_R, _MOST_P = 2**20, 16, 4


@dataclass(frozen=True, slots=True)
class Secret:
    """A passphrase (UTF-8) or a key of 32 bytes."""

    kind: Literal["passphrase", "key"]
    value: bytes = field(repr=False)


def _keys(secret: Secret, header: bytes, kdf: dict[str, Any]) -> tuple[bytes, bytes]:
    """The file's key and its check value."""
    salt = base64.b64decode(kdf["salt"], validate=True)
    if secret.kind == "passphrase":
        main = Scrypt(salt=salt, length=32, n=kdf["n"], r=kdf["r"], p=kdf["p"]).derive(secret.value)
    else:
        main = secret.value
    both = HKDF(algorithm=SHA256(), length=32 + _CHECK, salt=salt, info=b"sekisho.backup/1\n" + header).derive(main)
    return both[:32], both[32:]


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + (b"\x01" if last else b"\x00")


class SealedWriter:
    """Seals what is written into ``file``. ``finish`` must be called; without it the file counts as cut off."""

    def __init__(self, file: IO[bytes], secret: Secret) -> None:
        salt = base64.b64encode(secrets.token_bytes(16)).decode()
        kdf: dict[str, Any] = {"name": "key-file", "salt": salt}
        if secret.kind == "passphrase":
            kdf = {"name": "scrypt", "n": _N, "r": _R, "p": _P, "salt": salt}
        self._prefix = secrets.token_bytes(7)
        values = {"cipher": "AES-256-GCM-STREAM", "chunk": CHUNK, "kdf": kdf, "prefix": base64.b64encode(self._prefix).decode()}
        header = json.dumps(values, sort_keys=True, separators=(",", ":")).encode()
        key, check = _keys(secret, header, kdf)
        self._cipher = AESGCM(key)
        self._file = file
        self._number = 0
        self._buffer = bytearray()
        file.write(MAGIC + len(header).to_bytes(2, "big") + header + check)

    def write(self, data: bytes) -> None:
        """Add plaintext."""
        self._buffer += data
        while len(self._buffer) > CHUNK:  # the last chunk is never empty, so a full one waits for what follows
            self._emit(bytes(self._buffer[:CHUNK]), last=False)
            del self._buffer[:CHUNK]

    def finish(self) -> None:
        """Write the last chunk."""
        self._emit(bytes(self._buffer), last=True)
        self._buffer.clear()

    def _emit(self, data: bytes, *, last: bool) -> None:
        if self._number >= _MOST_CHUNKS:
            raise InputError("backup.too_large")
        self._file.write(self._cipher.encrypt(_nonce(self._prefix, self._number, last=last), data, None))
        self._number += 1


class SealedReader:
    """Reads a sealed file; each byte it returns is authentic.

    Raises InputError: ``backup.not_a_backup``, ``backup.other_format``, ``backup.needs_passphrase``, ``backup.needs_key``,
    ``backup.wrong_secret``, ``backup.truncated``, ``backup.damaged``.
    """

    def __init__(self, file: IO[bytes], secret: Secret, *, name: str) -> None:
        self._file, self._name = file, name
        header, values = self._header()
        kdf = self._known(values)
        if kdf["name"] == "scrypt" and secret.kind != "passphrase":
            raise InputError("backup.needs_passphrase", file=name)
        if kdf["name"] == "key-file" and secret.kind != "key":
            raise InputError("backup.needs_key", file=name)
        check = file.read(_CHECK)
        key, expected = _keys(secret, header, kdf)
        if len(check) < _CHECK:
            raise InputError("backup.truncated", file=name)
        if not hmac.compare_digest(check, expected):
            raise InputError("backup.wrong_secret", file=name)
        self._cipher = AESGCM(key)
        self._number = 0
        self._ahead = file.read(CHUNK + _TAG)
        self._buffer = b""
        self._at = 0
        self._ended = False

    def _header(self) -> tuple[bytes, dict[str, Any]]:
        magic = self._file.read(len(MAGIC))
        if magic != MAGIC:
            code = "backup.other_format" if magic.startswith(MAGIC.split(b"/")[0]) else "backup.not_a_backup"
            raise InputError(code, file=self._name)
        length = int.from_bytes(self._file.read(2), "big")
        header = self._file.read(length) if length <= _MOST_HEADER else b""
        try:
            values = json.loads(header)
        except ValueError as error:
            raise InputError("backup.damaged", file=self._name, place=0) from error
        return header, values if isinstance(values, dict) else {}

    def _known(self, values: dict[str, Any]) -> dict[str, Any]:
        """The key derivation that the header asks for, when it is one of ours and within bounds."""
        try:
            kdf = values["kdf"]
            self._prefix = base64.b64decode(values["prefix"], validate=True)
            salt = base64.b64decode(kdf["salt"], validate=True)
            known = values["cipher"] == "AES-256-GCM-STREAM" and values["chunk"] == CHUNK
            good = known and (len(self._prefix), len(salt)) == _SIZES
            if kdf["name"] == "scrypt":
                n, r, p = kdf["n"], kdf["r"], kdf["p"]
                whole = all(type(number) is int for number in (n, r, p))
                good = good and whole and 2 <= n <= _MOST_N and n & (n - 1) == 0 and 1 <= r <= _MOST_R and 1 <= p <= _MOST_P  # noqa: PLR2004
            else:
                good = good and kdf["name"] == "key-file"
        except (KeyError, TypeError, ValueError) as error:
            raise InputError("backup.damaged", file=self._name, place=0) from error
        if not good:
            raise InputError("backup.damaged", file=self._name, place=0)
        found: dict[str, Any] = kdf
        return found

    def read(self, size: int) -> bytes:
        """Exactly ``size`` bytes of plaintext. Raises InputError ``backup.truncated`` when there are fewer."""
        parts: list[bytes] = []
        while size:
            if self._at == len(self._buffer):
                if self._ended:
                    raise InputError("backup.truncated", file=self._name)
                self._next()
                continue
            part = self._buffer[self._at : self._at + size]
            self._at += len(part)
            size -= len(part)
            parts.append(part)
        return b"".join(parts)

    def at_end(self) -> bool:
        """Whether everything up to the last chunk's end was read."""
        if self._at == len(self._buffer) and not self._ended:
            self._next()
        return self._ended and self._at == len(self._buffer)

    def _next(self) -> None:
        sealed = self._ahead
        self._ahead = self._file.read(CHUNK + _TAG) if len(sealed) == CHUNK + _TAG else b""
        last = not self._ahead
        try:
            self._buffer = self._cipher.decrypt(_nonce(self._prefix, self._number, last=last), sealed, None)
        except (InvalidTag, ValueError) as error:
            raise self._wrong(sealed, last=last) from error
        self._at, self._ended = 0, last
        self._number += 1

    def _wrong(self, sealed: bytes, *, last: bool) -> InputError:
        """A whole chunk that is not the last one at the end of the file: the rest was cut off."""
        if last:
            try:
                self._cipher.decrypt(_nonce(self._prefix, self._number, last=False), sealed, None)
            except (InvalidTag, ValueError):
                # Cut in the midst of a chunk cannot be told from altered, but for a file that ends too early.
                pass
            else:
                return InputError("backup.truncated", file=self._name)
        if not sealed:
            return InputError("backup.truncated", file=self._name)
        return InputError("backup.damaged", file=self._name, place=self._number + 1)
