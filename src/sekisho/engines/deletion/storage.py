"""What a file system and its device do with bytes that are written over: found out, never assumed.

Sources: NIST SP 800-88 (clear, purge, destroy); proc(5) for mountinfo and fdinfo; the kernel's block queue attributes.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

__all__ = ["Mount", "Storage", "mount_id", "mounts", "storage_of"]

Writes = Literal["in_place", "copy_on_write", "layered", "memory", "remote", "unknown"]
Device = Literal["magnetic", "flash", "virtual", "memory", "none", "unknown"]

_IN_PLACE: Final = frozenset({"ext2", "ext3", "ext4", "xfs", "jfs", "vfat", "msdos", "exfat", "ntfs", "ntfs3", "hfsplus", "ufs"})
_COPY_ON_WRITE: Final = frozenset({"btrfs", "zfs", "bcachefs", "f2fs", "nilfs2", "ubifs", "jffs2", "apfs", "logfs"})
_LAYERED: Final = frozenset({"overlay", "aufs", "unionfs"})
_MEMORY: Final = frozenset({"tmpfs", "ramfs", "hugetlbfs"})
_REMOTE: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs", "virtiofs"})
_VIRTUAL: Final = re.compile(r"(vd[a-z]+|xvd[a-z]+|nbd\d+|rbd\d+|drbd\d+)")
_FIXED: Final = 6
_OPTIONAL: Final = 3
_DEEPEST: Final = 8
_ESCAPES: Final = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo."""

    id: int
    device: str
    root: str
    point: str
    kind: str
    source: str
    options: str


@dataclass(frozen=True, slots=True)
class Storage:
    """Where files lie: ``writes`` what overwriting does there, ``device`` what is below, as far as this machine can know."""

    kind: str
    writes: Writes
    device: Device
    name: str
    journals_data: bool

    @property
    def clears(self) -> bool:
        """Whether bytes written over in place are a Clear: known to be in place, on a known device, no data in a journal."""
        return self.writes == "in_place" and self.device in {"magnetic", "flash"} and not self.journals_data


def mounts(text: str | None = None) -> dict[int, Mount]:
    """The mounts this process sees, by id. ``text``: contents of mountinfo (read when not given)."""
    found = {}
    if text is None:
        text = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        before, after = left.split(" "), right.split(" ")
        if len(before) < _FIXED or len(after) < _OPTIONAL:
            continue
        found[int(before[0])] = Mount(
            id=int(before[0]), device=before[2], root=_plain(before[3]), point=_plain(before[4]), kind=after[0],
            source=_plain(after[1]), options=f"{before[5]},{after[2]}",
        )  # fmt: skip
    return found


def _plain(text: str) -> str:
    return _ESCAPES.sub(lambda m: chr(int(m[1], 8)), text)


def mount_id(descriptor: int) -> int:
    """The mount on which an open file lies; it differs across bind mounts, too. Raises OSError where proc does not tell."""
    for line in Path(f"/proc/self/fdinfo/{descriptor}").read_text(encoding="ascii").splitlines():
        if line.startswith("mnt_id:"):
            return int(line.split(":")[1])
    raise OSError(f"no mnt_id for descriptor {descriptor}")


def storage_of(descriptor: int, *, sys: Path = Path("/sys")) -> Storage:
    """Where the open file or folder lies."""
    mount = mounts().get(mount_id(descriptor))
    if mount is None:
        return Storage("unknown", "unknown", "unknown", "", journals_data=False)
    device, name = _device(mount, sys)
    return Storage(mount.kind, _writes(mount.kind), device, name, journals_data="data=journal" in mount.options.split(","))


def _writes(kind: str) -> Writes:
    base = kind.partition(".")[0]
    table: tuple[tuple[Writes, frozenset[str]], ...] = (
        ("in_place", _IN_PLACE),
        ("copy_on_write", _COPY_ON_WRITE),
        ("layered", _LAYERED),
        ("memory", _MEMORY),
        ("remote", _REMOTE),
    )
    if base == "fuse":
        return "remote"
    return next((what for what, kinds in table if kind in kinds), "unknown")


def _device(mount: Mount, sys: Path) -> tuple[Device, str]:
    if mount.kind in _MEMORY:
        return "memory", ""
    if _writes(mount.kind) in {"remote", "layered"}:
        return "none", ""
    if mount.device.startswith("0:"):  # btrfs, zfs: no device number of its own; the source says which
        number = _number(mount.source)
        if number is None:
            return "unknown", mount.source
    else:
        number = mount.device
    here = sys / "dev" / "block" / number
    if not here.exists():
        return "unknown", mount.source
    return _below(here.resolve(), depth=0)


def _number(source: str) -> str | None:
    try:
        info = os.stat(source)  # noqa: PTH116 - a device's number
    except OSError:
        return None
    return f"{os.major(info.st_rdev)}:{os.minor(info.st_rdev)}" if info.st_rdev else None


def _below(block: Path, *, depth: int) -> tuple[Device, str]:
    """Through partitions and stacks (LVM, RAID, encryption) down to the disks; flash as soon as any of them is."""
    if (block / "partition").exists():
        block = block.parent
    below = sorted((block / "slaves").iterdir()) if (block / "slaves").is_dir() else []
    if below and depth < _DEEPEST:
        kinds = {_below(one.resolve(), depth=depth + 1)[0] for one in below}
        for kind in ("unknown", "virtual", "flash", "magnetic"):
            if kind in kinds:
                return kind, block.name
    if block.name.startswith(("zram", "ram")):
        return "memory", block.name
    if block.name.startswith("loop") or _VIRTUAL.fullmatch(block.name) or _is_virtual(block):
        return "virtual", block.name
    try:
        turns = (block / "queue" / "rotational").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown", block.name
    return ("magnetic" if turns == "1" else "flash"), block.name


def _is_virtual(block: Path) -> bool:
    for name in ("vendor", "model"):
        try:
            words = (block / "device" / name).read_text(encoding="utf-8", errors="replace").lower()
        except OSError:
            continue
        if any(maker in words for maker in ("qemu", "vmware", "virtual", "msft", "google", "amazon", "xen")):
            return True
    return False
