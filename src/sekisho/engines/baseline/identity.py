"""Who is this machine: a stable identity that gives nothing away."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from sekisho.engines.baseline.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["hardware_identity", "machine_identity"]

_PREFIX: Final = b"sekisho.machine/1\x00"
_HARDWARE: Final = b"sekisho.hardware/1\x00"
_NAMES_OF_MANY: Final = frozenset({"", "localhost", "localhost.localdomain", "debian", "ubuntu"})


def _hash(prefix: bytes, text: str) -> str:
    return hashlib.sha256(prefix + text.strip().lower().encode()).hexdigest()


def machine_identity(root: Path) -> str:
    """A hash (hex SHA-256) that stays the same for this installation; "" when the system has none.

    Rests on ``/etc/machine-id`` alone, which every user may read: were the product UUID mixed in, a run with and a run without
    rights would be two machines. Without a machine-id the product UUID, then the host's own name, takes its place. The raw
    machine-id must not leave the host (machine-id(5)), so it is hashed with a prefix of ours. For clones see
    :func:`hardware_identity`.
    """
    tree = Tree(root)
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        file = tree.read(path)
        if file.ok and len(file.text.strip()) == 32:  # noqa: PLR2004 - 128 bits in hex; "uninitialized" is none
            return _hash(_PREFIX, file.text)
    uuid = tree.read("/sys/class/dmi/id/product_uuid")
    if uuid.ok and uuid.text.strip():
        return _hash(_PREFIX, "uuid:" + uuid.text)
    name = tree.read("/etc/hostname").text.strip()
    return "" if name.lower() in _NAMES_OF_MANY else _hash(_PREFIX, "name:" + name)


def hardware_identity(root: Path) -> str:
    """A hash of the product UUID that firmware or hypervisor gave; "" if there is none or we may not read it.

    Two hosts with one :func:`machine_identity` and two of these are clones of one image.
    """
    uuid = Tree(root).read("/sys/class/dmi/id/product_uuid")
    return _hash(_HARDWARE, uuid.text) if uuid.ok and uuid.text.strip() else ""
