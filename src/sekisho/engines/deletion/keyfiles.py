"""Crypto-erase: a key is destroyed, and what it encrypted can no longer be opened (NIST SP 800-88).

More than the deletion of the key file is claimed only where people declare what the key encrypted, how, and that no copy of the
key is left, and where the file system let its bytes be written over.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from typing import TYPE_CHECKING, Final

import msgspec

from sekisho.engines.deletion.files import erase_files, list_files, verify_files
from sekisho.engines.deletion.model import Achieved, Files, Guard, Item, Key, Listing, Outcome, Statement, Verification
from sekisho.engines.deletion.tree import parts_of, reach
from sekisho.errors import Conflict, InputError, NotFound

if TYPE_CHECKING:
    from sekisho.engines.deletion.journal import Journal

__all__ = ["check_value", "erase_key", "list_key", "verify_key"]

_LARGEST: Final = 1_000_000
_PURPOSE: Final = b"sekisho key check value/1"


def _as_files(target: Key) -> Files:
    return Files(id=target.id, root=target.root, path=target.path, method="clear")


def check_value(target: Key) -> str:
    """A short value that tells this key file from another without telling the key: HMAC-SHA256 under it, 8 bytes in hex.

    Raises InputError ``deletion.not_a_key_file`` for anything but a regular file of 1 byte to 1 MB; NotFound.
    """
    parts = parts_of(target.path)
    if not parts:
        raise InputError("deletion.not_a_key_file", path=target.path)
    with reach(target.root, parts[:-1]) as (folder, _):
        try:
            descriptor = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except FileNotFoundError as error:
            raise NotFound("deletion.not_there", root=target.root, path=target.path) from error
        except OSError as error:
            raise InputError("deletion.not_a_key_file", path=target.path) from error
        try:
            info = os.fstat(descriptor)
            plain = stat.S_ISREG(info.st_mode) and 0 < info.st_size <= _LARGEST
            content = os.pread(descriptor, info.st_size, 0) if plain else b""
        finally:
            os.close(descriptor)
    if not content:
        raise InputError("deletion.not_a_key_file", path=target.path)
    return hmac.digest(hashlib.sha256(content).digest(), _PURPOSE, "sha256")[:8].hex()


def list_key(target: Key) -> Listing:
    """The key file with its check value. Raises Conflict ``deletion.another_key`` when it is not the key that is meant."""
    check = check_value(target)
    if target.check is not None and not hmac.compare_digest(check, target.check):
        raise Conflict("deletion.another_key", target=target.id, expected=target.check, found=check)
    listing = list_files(_as_files(target))
    said = (Statement(code="deletion.key_found", fields={"check": check}), *listing.statements)
    digest = hashlib.sha256(f"{listing.digest}{check}".encode()).hexdigest()
    return msgspec.structs.replace(listing, type="key", digest=digest, statements=said)


def erase_key(target: Key, listing: Listing, *, guard: Guard, journal: Journal | None = None) -> Outcome:
    """Write over the key file and remove it; say what that means for what it encrypted."""
    made = erase_files(_as_files(target), listing, guard=guard, journal=journal)
    missing = [
        name
        for name, there in (
            ("protects", target.protects), ("algorithm", target.algorithm), ("no_other_copy", target.no_other_copy),
            ("key_cleared", made.achieved == "clear"),
        )
        if not there
    ]  # fmt: skip
    achieved: Achieved = "none" if made.left else "deleted" if missing else "purge"
    statements = [s for s in made.statements if s.code != "deletion.copies_elsewhere"]
    if achieved == "purge":
        fields = {"protects": target.protects, "algorithm": target.algorithm}
        statements.append(Statement(code="deletion.crypto_erased", fields=fields))
    elif achieved == "deleted":
        statements.append(Statement(code="deletion.crypto_erase_not_claimed", fields={"missing": ", ".join(missing)}))
    check = next((s.fields["check"] for s in listing.statements if s.code == "deletion.key_found"), "")
    return msgspec.structs.replace(
        made, type="key", asked=target.method, achieved=achieved, statements=tuple(statements), evidence={"key_check": check}
    )


def verify_key(target: Key, items: tuple[Item, ...]) -> Verification:
    """Whether the key file is gone; whether another copy of the key is somewhere only people can know."""
    made = verify_files(_as_files(target), items)
    return msgspec.structs.replace(made, checks=(*made.checks, Statement(code="deletion.key_copies_declared")))
