"""What lies below a file: out of made-up mount tables and block devices."""

import pytest

from sekisho.engines.deletion import storage
from sekisho.engines.deletion.storage import mounts, storage_of

LINE = "36 35 {device} / /mnt\\040x rw,noatime{more} shared:1 - {kind} {source} rw,data=ordered\n"


def test_mount_lines_with_spaces_and_optional_fields():
    (mount,) = mounts(LINE.format(device="8:1", kind="ext4", source="/dev/sda1", more="")).values()
    assert (mount.point, mount.kind, mount.source, mount.device) == ("/mnt x", "ext4", "/dev/sda1", "8:1")
    assert mounts("broken\n") == {}


def _sys(tmp_path, number, *, name="sda", rotational=None, partition=False, slaves=(), vendor=""):
    devices = tmp_path / "devices"
    block = devices / name
    (block / "queue").mkdir(parents=True, exist_ok=True)
    if rotational is not None:
        (block / "queue" / "rotational").write_text(f"{rotational}\n", encoding="ascii")
    if vendor:
        (block / "device").mkdir(exist_ok=True)
        (block / "device" / "vendor").write_text(vendor, encoding="ascii")
    if slaves:
        (block / "slaves").mkdir(exist_ok=True)
        for one in slaves:
            (block / "slaves" / one).symlink_to(devices / one)
    here = block
    if partition:
        here = block / f"{name}1"
        here.mkdir(exist_ok=True)
        (here / "partition").write_text("1\n", encoding="ascii")
    links = tmp_path / "dev" / "block"
    links.mkdir(parents=True, exist_ok=True)
    (links / number).symlink_to(here)
    return tmp_path


@pytest.mark.parametrize(
    "case",
    [
        ("ext4", {"rotational": 1, "partition": True}, "magnetic", True),
        ("xfs", {"name": "nvme0n1", "rotational": 0, "partition": True}, "flash", True),
        ("ext4", {"name": "vda", "rotational": 1}, "virtual", False),
        ("ext4", {"rotational": 1, "vendor": "QEMU"}, "virtual", False),
        ("ext4", {"name": "loop3", "rotational": 0}, "virtual", False),
        ("ext4", {"rotational": None}, "unknown", False),
        ("btrfs", {"rotational": 1}, "magnetic", False),
        ("strangefs", {"rotational": 1}, "magnetic", False),
    ],
)
def test_devices(tmp_path, monkeypatch, case):
    kind, made, device, clears = case
    sys = _sys(tmp_path, "8:1", **made)
    table = mounts(LINE.format(device="8:1", kind=kind, source="/dev/sda1", more=""))
    monkeypatch.setattr(storage, "mounts", lambda: table)
    monkeypatch.setattr(storage, "mount_id", lambda _fd: 36)
    found = storage_of(0, sys=sys)
    assert (found.device, found.clears) == (device, clears)


def test_a_stack_is_as_weak_as_its_weakest_disk(tmp_path, monkeypatch):
    _sys(tmp_path, "8:0", name="sda", rotational=1)
    _sys(tmp_path, "259:0", name="nvme0n1", rotational=0)
    sys = _sys(tmp_path, "253:0", name="dm-0", rotational=1, slaves=("sda", "nvme0n1"))
    monkeypatch.setattr(storage, "mounts", lambda: mounts(LINE.format(device="253:0", kind="ext4", source="/dev/dm-0", more="")))
    monkeypatch.setattr(storage, "mount_id", lambda _fd: 36)
    assert storage_of(0, sys=sys).device == "flash"


@pytest.mark.parametrize(
    ("kind", "writes"), [("overlay", "layered"), ("nfs4", "remote"), ("fuse.sshfs", "remote"), ("tmpfs", "memory")]
)
def test_file_systems_without_a_disk(monkeypatch, tmp_path, kind, writes):
    monkeypatch.setattr(storage, "mounts", lambda: mounts(LINE.format(device="0:50", kind=kind, source="x", more="")))
    monkeypatch.setattr(storage, "mount_id", lambda _fd: 36)
    found = storage_of(0, sys=tmp_path)
    assert found.writes == writes
    assert not found.clears


def test_an_unknown_mount_is_unknown(monkeypatch):
    monkeypatch.setattr(storage, "mounts", dict)
    monkeypatch.setattr(storage, "mount_id", lambda _fd: 36)
    assert storage_of(0).writes == "unknown"
