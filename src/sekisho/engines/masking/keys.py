"""Keys of masking: one secret a domain, out of a key file or the environment; never in a plan, a log, an error or a pickle.

A **domain** is what one key covers: the same input gives the same output within it, and outputs of two domains cannot be joined.
From the secret of a domain each purpose ("token", "ff1", …) gets a key of its own by HKDF-SHA256 (RFC 5869; NIST SP 800-56C
Rev. 2), with the domain's name as salt. A key file is JSON text (``docs/reference/masking-transforms.md``), belongs to its
user alone (0600) and says the version and the check value of its key, so that a lost or changed key is told before a run and
not after it.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted, Problem

__all__ = [
    "ENVIRONMENT_PREFIX",
    "KEY_BYTES",
    "Destruction",
    "DomainKey",
    "KeyIdentity",
    "KeyRing",
    "check_domain",
    "destroy_key_file",
    "environment_name",
    "key_from_environment",
    "new_key_file",
    "read_key_file",
]

KEY_BYTES: Final = 32
"""Length of a domain's secret in bytes."""
ENVIRONMENT_PREFIX: Final = "SEKISHO_MASK_KEY_"
_FORM: Final = 1
_FIELDS: Final = ("sekisho_mask_key", "domain", "version", "created", "check", "secret")
_LARGEST_FILE: Final = 4096
_HIGHEST_VERSION: Final = 1_000_000
_DOMAIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class KeyIdentity:
    """What may be said about a key: its domain, its version, and the check value that tells whether it is the same key."""

    domain: str
    version: int
    check: str


@dataclass(frozen=True, slots=True)
class Destruction:
    """The record of a destroyed key file. ``overwritten``: the bytes were written over and synced before the name was removed.

    What a file system or a medium keeps of the old bytes (journals, snapshots, flash) is beyond this: whoever certifies says so.
    """

    identity: KeyIdentity
    path: Path
    at: datetime
    overwritten: bool
    links_left: int


class DomainKey:
    """The secret of one domain. It shows its identity only, and refuses to be pickled or copied."""

    __slots__ = ("_derived", "_secret", "identity")

    def __init__(self, secret: bytes, *, domain: str, version: int = 1) -> None:
        """``secret``: ``KEY_BYTES`` bytes of chance.

        Raises:
            InputError: wrong length, domain or version.
        """
        check_domain(domain)
        if len(secret) != KEY_BYTES:
            raise InputError("masking.key_length", expected=KEY_BYTES, found=len(secret))
        if not 1 <= version <= _HIGHEST_VERSION:
            raise InputError("masking.key_version", found=version)
        self._secret = bytes(secret)
        self._derived: dict[tuple[str, int], bytes] = {}
        self.identity = KeyIdentity(domain, version, _hkdf(self._secret, domain, "check", 8).hex())

    def derive(self, purpose: str, length: int = KEY_BYTES) -> bytes:
        """The key of one purpose, ``length`` bytes; the same for the same domain, secret and purpose."""
        wanted = (purpose, length)
        if wanted not in self._derived:
            self._derived[wanted] = _hkdf(self._secret, self.identity.domain, f"purpose:{purpose}", length)
        return self._derived[wanted]

    def __repr__(self) -> str:
        return f"DomainKey(domain={self.identity.domain!r}, version={self.identity.version}, check={self.identity.check!r})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        del protocol
        raise TypeError("a key is not written anywhere: hand on the key file instead")


class KeyRing:
    """The keys of a run, one a domain."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Iterable[DomainKey] = ()) -> None:
        """Raises InputError where two keys are of one domain."""
        self._keys: dict[str, DomainKey] = {}
        for key in keys:
            if key.identity.domain in self._keys:
                raise InputError("masking.key_twice", domain=key.identity.domain)
            self._keys[key.identity.domain] = key

    @property
    def identities(self) -> tuple[KeyIdentity, ...]:
        """What may be written into a report, by domain."""
        return tuple(self._keys[domain].identity for domain in sorted(self._keys))

    def key(self, domain: str) -> DomainKey:
        """The key of a domain.

        Raises:
            NotFound: no key of this domain was handed in.
        """
        if domain not in self._keys:
            raise NotFound("masking.key_missing", domain=domain, variable=environment_name(domain) if domain else "")
        return self._keys[domain]

    def expect(self, identities: Iterable[KeyIdentity]) -> None:
        """See that these very keys are here, before anything is written with other ones.

        Raises:
            Conflict: a key is missing, or is not the one that was used before; every domain is named.
        """
        problems = []
        for wanted in identities:
            held = self._keys.get(wanted.domain)
            if held is None:
                problems.append(Problem("masking.key_lost", {"domain": wanted.domain, "version": wanted.version}))
            elif held.identity != wanted:
                fields = {"domain": wanted.domain, "version": wanted.version, "found": held.identity.version}
                problems.append(Problem("masking.key_changed", fields))
        if problems:
            raise Conflict("masking.keys_not_as_before", problems=tuple(problems), count=len(problems))

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(sorted(self._keys))})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        del protocol
        raise TypeError("keys are not written anywhere: hand on the key files instead")


def check_domain(domain: str) -> str:
    """The name of a domain, if it can be one: 1 to 63 of a–z, 0–9 and inner hyphens. Raises InputError otherwise."""
    if not _DOMAIN.fullmatch(domain):
        raise InputError("masking.domain_name", found=domain)
    return domain


def environment_name(domain: str) -> str:
    """The environment variable that may hold the key of a domain: ``SEKISHO_MASK_KEY_RESIDENTS_TEST``."""
    return ENVIRONMENT_PREFIX + domain.upper().replace("-", "_")


def key_from_environment(environment: Mapping[str, str], domain: str) -> DomainKey | None:
    """The key in ``environment`` (version and 32 bytes as base64: ``1:…``); None where the variable is not there.

    Raises:
        InputError: the variable has another shape; its value is not said.
    """
    variable = environment_name(check_domain(domain))
    value = environment.get(variable)
    if value is None:
        return None
    version, colon, secret = value.strip().partition(":")
    if not colon or not (version.isascii() and version.isdigit()):
        raise InputError("masking.key_variable", variable=variable)
    return DomainKey(_decoded(secret, variable), domain=domain, version=int(version))


def new_key_file(path: Path, domain: str, *, now: datetime, random: Callable[[int], bytes], version: int = 1) -> KeyIdentity:
    """Write a new key. ``random(n)`` gives n bytes of chance (``os.urandom``, ``secrets.token_bytes``); ``now`` is only noted.

    Raises:
        Conflict: the file is there already; it is never written over.
    """
    key = DomainKey(random(KEY_BYTES), domain=domain, version=version)
    content = {
        "sekisho_mask_key": _FORM,
        "domain": domain,
        "version": version,
        "created": now.isoformat(timespec="seconds"),
        "check": key.identity.check,
        "secret": base64.b64encode(key._secret).decode("ascii"),  # noqa: SLF001 - the one place that writes it
    }
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict("masking.key_file_exists", file=str(path)) from None
    except OSError as error:
        raise InputError("masking.key_file_unwritable", file=str(path), reason=error.strerror or "") from None
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            os.chmod(path, 0o600)  # noqa: PTH101 - whatever the umask took away or left
            handle.write(json.dumps(content, indent=1) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise InputError("masking.key_file_unwritable", file=str(path), reason=error.strerror or "") from None
    return key.identity


def read_key_file(path: Path) -> DomainKey:
    """The key of a file.

    Raises:
        NotFound: there is no such file.
        NotPermitted: it is a link, no plain file, or others than its owner may read or write it.
        InputError: it has another shape, or its check value does not fit (damaged or edited).
    """
    fields = _read(path)
    try:
        key = DomainKey(_decoded(fields["secret"], path.name), domain=fields["domain"], version=fields["version"])
    except InputError as error:
        raise InputError("masking.key_file_shape", file=str(path), part=_part(error.code)) from None
    if key.identity.check != fields["check"]:
        raise InputError("masking.key_file_damaged", file=str(path), domain=key.identity.domain)
    return key


def destroy_key_file(path: Path, *, now: datetime) -> Destruction:
    """Destroy a key: what was encrypted under it alone can no longer be read (crypto-erase, NIST SP 800-88 Rev. 2).

    The bytes are written over and synced, then the name is removed and the folder synced. ``links_left`` counts other names of
    the same file (hard links), which now hold nothing readable.

    Raises:
        NotFound, NotPermitted, InputError: as :func:`read_key_file`; a file that is no key is left alone.
    """
    identity = read_key_file(path).identity
    try:
        links = _overwrite(path)
        path.unlink()
        _sync_folder(path.parent)
    except OSError as error:
        raise NotPermitted("masking.key_file_kept", file=str(path), reason=error.strerror or "") from None
    return Destruction(identity, path, now, overwritten=True, links_left=links - 1)


def _overwrite(path: Path) -> int:
    """Write over the bytes of a file and empty it; how many names it has."""
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        found = os.fstat(descriptor)
        os.write(descriptor, b"\0" * found.st_size)
        os.fsync(descriptor)
        os.ftruncate(descriptor, 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return found.st_nlink


def _sync_folder(folder: Path) -> None:
    """Let the removal of a name reach the disk; only POSIX opens folders."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _hkdf(secret: bytes, domain: str, info: str, length: int) -> bytes:
    salt = b"sekisho masking domain:" + domain.encode("ascii")
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=b"sekisho masking v1 " + info.encode()).derive(secret)


def _read(path: Path) -> dict[str, Any]:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise NotFound("masking.key_file_missing", file=str(path)) from None
    except OSError as error:
        raise NotPermitted("masking.key_file_unreadable", file=str(path), reason=error.strerror or "") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise NotPermitted("masking.key_file_not_plain", file=str(path))
        if os.name == "posix" and (found.st_mode & 0o077 or found.st_uid not in {os.geteuid(), 0}):
            raise NotPermitted("masking.key_file_open_to_others", file=str(path), mode=f"{stat.S_IMODE(found.st_mode):04o}")
        untrusted = os.read(descriptor, _LARGEST_FILE + 1)
    finally:
        os.close(descriptor)
    try:
        fields = json.loads(untrusted) if len(untrusted) <= _LARGEST_FILE else None
    except (ValueError, RecursionError):
        raise InputError("masking.key_file_shape", file=str(path), part="json") from None
    return _checked(fields, path)


def _checked(fields: Any, path: Path) -> dict[str, Any]:
    if not isinstance(fields, dict) or set(fields) != set(_FIELDS):
        raise InputError("masking.key_file_shape", file=str(path), part="fields")
    texts = ("domain", "created", "check", "secret")
    wrong = [name for name in texts if not isinstance(fields[name], str)]
    wrong += [name for name in ("sekisho_mask_key", "version") if type(fields[name]) is not int]
    if not wrong and fields["sekisho_mask_key"] != _FORM:
        wrong = ["sekisho_mask_key"]
    if wrong:
        raise InputError("masking.key_file_shape", file=str(path), part=wrong[0])
    return fields


def _decoded(secret: str, place: str) -> bytes:
    try:
        return base64.b64decode(secret.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        raise InputError("masking.key_encoding", place=place) from None


def _part(code: str) -> str:
    return {"masking.domain_name": "domain", "masking.key_version": "version"}.get(code, "secret")
