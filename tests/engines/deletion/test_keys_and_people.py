"""Crypto-erase by destroying a key, and what people write down."""

import pytest

from sekisho.engines.deletion import NEEDED, Key, Recorded, erase_target, list_target, missing_facts, verify_target
from sekisho.engines.deletion import files as engine
from sekisho.engines.deletion.keyfiles import check_value
from sekisho.engines.deletion.storage import Storage
from sekisho.errors import Conflict, InputError, NotFound

DISK = Storage("ext4", "in_place", "magnetic", "sda", journals_data=False)


@pytest.fixture
def key(root):
    (root / "k.key").write_bytes(b"0123456789abcdef" * 2)
    return Key(id="k", root=str(root), path="k.key", protects="バックアップ", algorithm="AES-256-GCM", no_other_copy=True)


def test_a_destroyed_key_is_a_purge_where_everything_is_declared_and_the_disk_allows(key, root, free, monkeypatch):
    monkeypatch.setattr(engine, "storage_of", lambda _fd: DISK)
    made = erase_target(key, list_target(key), guard=free)
    assert (made.achieved, made.complete) == ("purge", True)
    assert made.evidence["key_check"] == list_check(made)
    assert not (root / "k.key").exists()
    assert verify_target(key, made.items).result == "gone"


def list_check(made):
    return next(s.fields["check"] for s in made.statements if s.code == "deletion.key_found")


@pytest.mark.parametrize("missing", ["protects", "algorithm", "no_other_copy", "key_cleared"])
def test_no_crypto_erase_is_claimed_when_something_is_missing(key, free, monkeypatch, missing):
    import msgspec

    if missing != "key_cleared":
        monkeypatch.setattr(engine, "storage_of", lambda _fd: DISK)
        key = msgspec.structs.replace(key, **{missing: False if missing == "no_other_copy" else ""})
    else:
        monkeypatch.setattr(
            engine, "storage_of", lambda _fd: Storage("btrfs", "copy_on_write", "flash", "x", journals_data=False)
        )
    made = erase_target(key, list_target(key), guard=free)
    assert made.achieved == "deleted"
    said = next(s for s in made.statements if s.code == "deletion.crypto_erase_not_claimed")
    assert said.fields["missing"] == missing


def test_another_key_is_left_alone_and_no_key_is_shown(key, root, free):
    import msgspec

    wrong = msgspec.structs.replace(key, check="0" * 16)
    with pytest.raises(Conflict, match=r"deletion\.another_key"):
        list_target(wrong)
    assert (root / "k.key").exists()
    right = msgspec.structs.replace(key, check=check_value(key))
    shown = str(list_target(right))
    assert "0123456789abcdef" not in shown
    assert "30313233" not in shown


def test_a_key_that_changes_changes_the_digest(key, root):
    before = list_target(key)
    info = (root / "k.key").stat()
    (root / "k.key").write_bytes(b"x" * 32)
    import os

    os.utime(root / "k.key", ns=(info.st_atime_ns, info.st_mtime_ns))
    assert list_target(key).digest != before.digest


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda root: (root / "k.key").unlink(), NotFound),
        (lambda root: (root / "k.key").write_bytes(b""), InputError),
        (lambda root: (root / "k.key").write_bytes(b"x" * 1_000_001), InputError),
        (lambda root: ((root / "k.key").unlink(), (root / "k.key").mkdir()), InputError),
        (lambda root: ((root / "k.key").unlink(), (root / "k.key").symlink_to("/etc/passwd")), InputError),
    ],
    ids=["missing", "empty", "large", "folder", "link"],
)
def test_what_is_no_key_file_is_refused(key, root, make, error):
    make(root)
    with pytest.raises(error):
        list_target(key)


@pytest.mark.parametrize("medium", sorted(NEEDED))
def test_people_have_done_it_when_every_fact_is_written_down(medium, free):
    facts = dict.fromkeys(NEEDED[medium], "書いた")
    done = Recorded(id="p", medium=medium, description="申請書 3箱", facts=facts)
    made = erase_target(done, list_target(done), guard=free)
    assert (made.achieved, made.complete, missing_facts(done)) == ("destroy", True, ())
    assert verify_target(done, made.items).result == "not_checked"
    for name in NEEDED[medium]:
        waiting = Recorded(id="p", medium=medium, description="申請書 3箱", facts={**facts, name: " "})
        made = erase_target(waiting, list_target(waiting), guard=free)
        assert (made.achieved, made.complete, missing_facts(waiting)) == ("none", False, (name,))
