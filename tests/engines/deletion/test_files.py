"""Files: nothing leaves the root, nothing goes that was not listed, nothing is claimed that is not so."""

import os
import shutil
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.deletion import Files, Journal, erase_target, list_target, tree, verify_target
from sekisho.engines.deletion import files as engine
from sekisho.engines.deletion.storage import Storage
from sekisho.engines.deletion.tree import parts_of
from sekisho.errors import Conflict, InputError, NotFound


def target(root, path="2019", **more):
    return Files(id="t", root=str(root), path=path, **more)


def states(made):
    return {item.name: (item.state, item.note) for item in made.items}


def test_a_dry_run_lists_everything_and_changes_nothing(root):
    found = list_target(target(root))
    assert [i.name for i in found.items] == ["2019/a.txt", "2019/b/c.txt", "2019/b", "2019/empty", "2019"]
    assert (found.count, found.bytes, found.refused) == (5, 908, 0)
    assert (root / "2019" / "a.txt").read_text(encoding="utf-8").startswith("secret")
    assert list_target(target(root)).digest == found.digest


def test_the_digest_tells_a_change(root):
    before = list_target(target(root)).digest
    (root / "2019" / "new.txt").touch()
    assert list_target(target(root)).digest != before


def test_a_folder_goes_with_its_bytes_written_over(root, free):
    shown = os.open(root / "2019" / "a.txt", os.O_RDONLY)
    try:
        found = list_target(target(root))
        made = erase_target(target(root), found, guard=free)
        assert os.pread(shown, 9, 0) == bytes(9)  # who had it open sees zeros
    finally:
        os.close(shown)
    assert (made.done, made.left, made.bytes, made.overwritten) == (5, 0, 908, 908)
    assert made.complete
    assert not (root / "2019").exists()
    assert (root / "other.txt").read_text(encoding="utf-8") == "stays"
    assert verify_target(target(root), made.items).result == "gone"


def test_one_file_and_the_contents_of_the_root(root, free):
    one = target(root, "2019/a.txt")
    assert erase_target(one, list_target(one), guard=free).done == 1
    whole = target(root, ".")
    assert erase_target(whole, list_target(whole), guard=free).complete
    assert root.is_dir()
    assert list(root.iterdir()) == []


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "2019/../../x", "2019//a", "2019/", "", "..", "./2019", "a\x00b", "a\nb", "2019/./a.txt"]
)
def test_a_path_that_leaves_its_root_is_refused(root, path):
    with pytest.raises(InputError, match=r"deletion\.path_leaves_root"):
        list_target(target(root, path))


@given(st.text(max_size=40))
def test_no_text_becomes_a_path_outside(text):
    try:
        parts = parts_of(text)
    except InputError:
        return
    assert not {"", ".", ".."} & set(parts)
    assert os.path.normpath("/root/" + "/".join(parts)).startswith("/root")


def test_a_root_that_is_a_link_relative_or_everything_is_refused(root, tmp_path):
    (tmp_path / "link").symlink_to(root)
    for wrong in (str(tmp_path / "link"), "relative", "/", f"{root}/", f"{root}/../root"):
        with pytest.raises(InputError, match=r"deletion\.root_not_plain"):
            list_target(Files(id="t", root=wrong, path="2019"))
    with pytest.raises(NotFound, match=r"deletion\.root_not_there"):
        list_target(Files(id="t", root=f"{root}-none", path="2019"))


def test_a_link_inside_is_removed_itself_and_never_followed(root, free, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep.txt").write_text("keep", encoding="utf-8")
    (root / "2019" / "folder-link").symlink_to(outside)
    (root / "2019" / "file-link").symlink_to(outside / "keep.txt")
    found = list_target(target(root))
    assert states(found)["2019/folder-link"] == ("would", "link_itself")
    assert erase_target(target(root), found, guard=free).complete
    assert (outside / "keep.txt").read_text(encoding="utf-8") == "keep"


def test_a_link_on_the_way_is_refused(root, tmp_path):
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(InputError, match=r"deletion\.link_on_the_way"):
        list_target(target(root, "link/x"))


def test_a_folder_that_becomes_a_link_after_the_listing_is_not_followed(root, free, tmp_path):
    found = list_target(target(root))
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "c.txt").write_text("keep", encoding="utf-8")
    shutil.move(root / "2019" / "b", tmp_path / "moved")
    (root / "2019" / "b").symlink_to(outside)
    made = erase_target(target(root), found, guard=free)
    assert states(made)["2019/b/c.txt"] == ("failed", "way_changed")
    assert states(made)["2019/b"][0] == "failed"
    assert (outside / "c.txt").read_text(encoding="utf-8") == "keep"


@pytest.mark.skipif(not os.path.ismount("/dev/shm"), reason="no /dev/shm on this machine")
def test_a_mount_inside_a_folder_is_reported_and_stays():
    found = list_target(Files(id="t", root="/dev", path="shm"))
    assert states(found) == {"shm": ("refused", "mount")}
    with pytest.raises(InputError, match=r"deletion\.mount_on_the_way"):
        list_target(Files(id="t", root="/dev", path="shm/x"))


def test_a_mount_of_the_same_device_is_told_by_its_number(root, free, monkeypatch):
    inner = (root / "2019" / "b").stat().st_ino
    real = tree.mount_id
    monkeypatch.setattr(tree, "mount_id", lambda fd: 999_999 if os.fstat(fd).st_ino == inner else real(fd))
    found = list_target(target(root))
    assert states(found)["2019/b"] == ("refused", "mount")
    assert states(found)["2019"] == ("refused", "holds_what_stays")
    made = erase_target(target(root), found, guard=free)
    assert (made.left, made.complete) == (2, False)
    assert (root / "2019" / "b" / "c.txt").exists()
    assert not (root / "2019" / "a.txt").exists()


def test_a_hard_link_elsewhere_is_refused_or_loses_only_this_name(root, free):
    os.link(root / "2019" / "a.txt", root / "kept.txt")
    found = list_target(target(root))
    assert states(found)["2019/a.txt"] == ("refused", "hard_links")
    chosen = target(root, hard_links="remove_name")
    made = erase_target(chosen, list_target(chosen), guard=free)
    assert made.achieved == "deleted"
    assert "deletion.other_names_left" in {s.code for s in made.statements}
    assert (root / "kept.txt").read_text(encoding="utf-8").startswith("secret")


def test_hard_links_that_all_go_are_one_file(root, free):
    os.link(root / "2019" / "a.txt", root / "2019" / "b" / "again.txt")
    made = erase_target(target(root), list_target(target(root)), guard=free)
    assert made.complete
    assert made.overwritten == 908


def test_what_changed_after_the_listing_stays(root, free):
    found = list_target(target(root))
    (root / "2019" / "a.txt").write_text("new contents", encoding="utf-8")
    made = erase_target(target(root), found, guard=free)
    assert states(made)["2019/a.txt"] == ("failed", "changed")
    assert (root / "2019" / "a.txt").read_text(encoding="utf-8") == "new contents"
    assert states(made)["2019"][0] == "failed"


def test_what_came_after_the_listing_stays(root, free):
    found = list_target(target(root))
    (root / "2019" / "b" / "new.txt").touch()
    made = erase_target(target(root), found, guard=free)
    assert (root / "2019" / "b" / "new.txt").exists()
    assert states(made)["2019/b"] == ("failed", "refused_by_system")


def test_a_hold_that_comes_in_between_stops_there(root, held_at):
    made = erase_target(target(root), list_target(target(root)), guard=held_at("2019/b/c.txt"))
    assert made.stopped.fields["hold"] == "訴訟1"
    assert {n: s for n, (s, _) in states(made).items()} == {
        "2019/a.txt": "done", "2019/b/c.txt": "held", "2019/b": "held", "2019/empty": "held", "2019": "held",
    }  # fmt: skip
    assert (root / "2019" / "b" / "c.txt").exists()
    assert not made.complete


def test_a_file_that_may_not_be_written_over_stays(root, free, monkeypatch):
    monkeypatch.setattr(engine, "overwrite", lambda *_a, **_k: (0, "overwrite_denied"))
    made = erase_target(target(root), list_target(target(root)), guard=free)
    assert states(made)["2019/a.txt"] == ("failed", "overwrite_denied")
    assert (root / "2019" / "a.txt").exists()


def test_holes_are_not_filled(root, free):
    with (root / "2019" / "sparse").open("wb") as file:
        file.truncate(1 << 32)
        file.seek(1 << 31)
        file.write(b"secret")
    made = erase_target(target(root), list_target(target(root)), guard=free)
    assert made.complete
    assert made.overwritten < 10_000_000


def test_special_files_names_with_line_ends_and_names_that_are_no_text(root, free):
    os.mkfifo(root / "2019" / "pipe")
    (root / "2019" / "line\nend").write_text("x", encoding="utf-8")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(root / "2019" / "s"))
    os.close(os.open(os.fsencode(root / "2019") + b"/\xff\xfe", os.O_CREAT | os.O_WRONLY))
    found = list_target(target(root))
    assert states(found)["2019/\\xff\\xfe"] == ("refused", "not_text")
    made = erase_target(target(root), found, guard=free)
    assert states(made)["2019/pipe"][0] == states(made)["2019/line\nend"][0] == states(made)["2019/s"][0] == "done"
    assert [os.fsencode(p.name) for p in (root / "2019").iterdir()] == [b"\xff\xfe"]


@pytest.mark.parametrize(
    "case",
    [
        (Storage("ext4", "in_place", "magnetic", "sda", journals_data=False), "clear", None),
        (Storage("ext4", "in_place", "flash", "nvme0n1", journals_data=False), "clear", "deletion.flash_keeps_spare"),
        (Storage("ext4", "in_place", "magnetic", "sda", journals_data=True), "deleted", "deletion.not_cleared_magnetic"),
        (Storage("ext4", "in_place", "virtual", "vda", journals_data=False), "deleted", "deletion.not_cleared_virtual"),
        (
            Storage("btrfs", "copy_on_write", "magnetic", "sda", journals_data=False),
            "deleted",
            "deletion.not_cleared_copy_on_write",
        ),
        (Storage("overlay", "layered", "none", "", journals_data=False), "deleted", "deletion.not_cleared_layered"),
        (Storage("nfs4", "remote", "none", "", journals_data=False), "deleted", "deletion.not_cleared_remote"),
        (Storage("what", "unknown", "unknown", "", journals_data=False), "deleted", "deletion.not_cleared_unknown"),
    ],
)
def test_no_more_is_claimed_than_the_file_system_allows(root, free, monkeypatch, case):
    storage, achieved, said = case
    monkeypatch.setattr(engine, "storage_of", lambda _fd: storage)
    wanted = target(root, method="purge")
    made = erase_target(wanted, list_target(wanted), guard=free)
    codes = {s.code for s in made.statements}
    assert made.achieved == achieved
    assert "deletion.not_reached" in codes
    assert said is None or said in codes


def test_files_that_others_hold_open_are_said(root):
    import subprocess
    import sys

    code = "import sys,time; f=open(sys.argv[1]); print('x', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code, str(root / "2019" / "a.txt")], stdin=-1, stdout=-1) as process:
        process.stdout.readline()
        found = list_target(target(root))
        process.stdin.close()
        process.wait(10)
        process.stdout.close()
    assert ("deletion.open_elsewhere", 1) in {(s.code, s.fields.get("count")) for s in found.statements}


class Cut(Exception):
    """The machine goes off."""


def test_an_interrupted_run_goes_on_and_reports_only_what_is_gone(root, free, tmp_path):
    found = list_target(target(root))
    asked = []

    def cut(_target, name):
        asked.append(name)
        if name == "2019/b/c.txt":
            raise Cut

    with pytest.raises(Cut), Journal(tmp_path / "j", run="r", plan="p") as journal:
        erase_target(target(root), found, guard=cut, journal=journal)
    assert (root / "2019" / "b" / "c.txt").exists()
    (root / "2019" / "empty").unlink()  # it was going when the machine went off: no line in the journal
    with Journal(tmp_path / "j", run="r", plan="p") as journal:
        assert journal.resumed
        made = erase_target(target(root), journal.listings["t"], guard=free, journal=journal)
    assert made.complete
    assert states(made)["2019/a.txt"] == ("done", "")
    assert states(made)["2019/empty"] == ("gone", "found_gone")
    assert "deletion.found_gone" in {s.code for s in made.statements}
    assert made.achieved == "deleted"


def test_a_half_overwritten_file_is_finished_by_the_same_run_only(root, free, tmp_path):
    found = list_target(target(root))
    with Journal(tmp_path / "j", run="r", plan="p") as journal:
        journal.begin(found)
    with (root / "2019" / "a.txt").open("r+b") as file:
        file.write(bytes(10))
    (root / "2019" / "b" / "c.txt").write_text("changed!", encoding="utf-8")  # not the one that was going
    with Journal(tmp_path / "j", run="r", plan="p") as journal:
        made = erase_target(target(root), journal.listings["t"], guard=free, journal=journal)
    assert states(made)["2019/a.txt"][0] == "done"
    assert states(made)["2019/b/c.txt"] == ("failed", "changed")


def test_a_journal_belongs_to_one_run_and_survives_a_torn_line(root, free, tmp_path):
    found = list_target(target(root))
    with Journal(tmp_path / "j", run="r", plan="p") as journal:
        erase_target(target(root), found, guard=free, journal=journal)
    with pytest.raises(Conflict, match=r"deletion\.journal_of_another"):
        Journal(tmp_path / "j", run="other", plan="p")
    with (tmp_path / "j").open("ab") as file:
        file.write(b'{"target": "t", "it')
    with Journal(tmp_path / "j", run="r", plan="p") as journal:
        assert len(journal.done["t"]) == 5
    assert (tmp_path / "j").read_bytes().endswith(b"}\n")
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600
    (tmp_path / "j").write_bytes(b"no json\n")
    with pytest.raises(InputError, match=r"deletion\.journal_broken"):
        Journal(tmp_path / "j", run="r", plan="p")


def test_verifying_tells_what_is_there_again_and_does_not_trust_a_missing_root(root, free):
    found = list_target(target(root))
    made = erase_target(target(root), found, guard=free)
    (root / "2019").mkdir()
    (root / "2019" / "a.txt").touch()
    again = verify_target(target(root), made.items)
    assert (again.result, again.left) == ("left", ("2019/a.txt", "2019"))
    shutil.rmtree(root)
    with pytest.raises(NotFound, match=r"deletion\.root_not_there"):
        verify_target(target(root), made.items)
