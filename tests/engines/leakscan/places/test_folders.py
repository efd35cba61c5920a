"""Folders: what is looked at, what is told, what an index spares, how an interrupted run goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from tests.engines.textract.samples import make_pdf, make_xlsx, make_zip

from sekisho.engines.leakscan.places import index as index_module
from sekisho.engines.leakscan.places import run as run_module
from sekisho.engines.leakscan.places.folders import Choice, Walk
from sekisho.engines.leakscan.places.index import Index
from sekisho.engines.leakscan.places.model import PlaceScan, Settings
from sekisho.engines.leakscan.places.run import Progress, Run
from sekisho.engines.leakscan.places.scanning import Scanning, prepared
from sekisho.engines.textract import extract_file
from sekisho.errors import InputError, Unavailable

SETTINGS = Settings(names=False, key=b"sixteen bytes at least")
PHONE = "電話 0270-99-0123"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "共有"
    (root / "総務課").mkdir(parents=True)
    (root / "a.txt").write_text(f"お知らせ\n{PHONE}\n", encoding="utf-8")
    (root / "総務課" / "b.csv").write_bytes("氏名,電話\r\n水面 花子,0270-99-0124\r\n".encode("cp932"))
    (root / "総務課" / "c.xlsx").write_bytes(make_xlsx())
    (root / "d.zip").write_bytes(make_zip({"中.txt": PHONE.encode()}))
    (root / "nothing.txt").write_text("なにもありません。\n", encoding="utf-8")
    return root


def scans(*roots: Path, **more: object) -> tuple[list[PlaceScan], Run]:
    run = Run(list(roots), SETTINGS, workers=1, **more)  # type: ignore[arg-type]
    return list(run.scans()), run


def test_findings_count_in_the_extracted_text(folder: Path) -> None:
    found, run = scans(folder)
    assert run.summary.findings == sum(scan.count for scan in found) > 5
    for scan in found:
        text = "".join(extract_file(Path(scan.path)).texts())
        for one in scan.each():
            value = text[one["start"] : one["end"]]
            assert value == value.strip() != ""
            if one["type"] == "telephone":
                assert value.startswith("0270-99-")


def test_each_file_is_read_once_in_the_order_of_names(folder: Path) -> None:
    os.link(folder / "a.txt", folder / "z-hard-link.txt")
    found, _ = scans(folder, folder / "a.txt", folder)
    assert [Path(scan.path).name for scan in found] == ["a.txt", "d.zip", "nothing.txt", "b.csv", "c.xlsx"]


def test_no_value_is_in_a_result(folder: Path) -> None:
    found, _ = scans(folder)
    shown = repr(found) + repr(SETTINGS)
    for value in ("0270-99-0123", "0270-99-0124", "123456789018", "100000000080", "mimi@minamo", "sixteen bytes"):
        assert value not in shown


def test_a_my_number_has_only_its_place(folder: Path) -> None:
    found, _ = scans(folder / "総務課" / "c.xlsx")
    numbers = [one for scan in found for one in scan.each() if one["type"] == "my_number"]
    assert len(numbers) == 2
    for one in numbers:
        assert not {"excerpt", "fingerprint"} & one.keys()
        assert one["location"]["heading"] == "個人番号"


def test_links_are_not_followed_and_other_things_are_told(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "外.txt"
    outside.write_text(PHONE, encoding="utf-8")
    (folder / "link.txt").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    found, run = scans(folder)
    assert len(found) == 5
    assert run.summary.links == 2
    assert [(p.code, Path(p.file).name) for p in run.problems] == [("leakplaces.not_a_file", "pipe")]
    assert run.summary.unread == 1


def test_a_link_that_was_asked_for_is_followed(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "here.txt"
    link.symlink_to(folder / "a.txt")
    found, _ = scans(link)
    assert [scan.count for scan in found] == [1]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_may_not_be_read_is_told(folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "folder":
        real = os.scandir
        monkeypatch.setattr(os, "scandir", lambda p: real(p) if isinstance(p, int) or Path(p).name != "総務課" else _denied())
        found, run = scans(folder)
        assert (len(found), [p.code for p in run.problems]) == (3, ["leakplaces.denied"])
        return
    real_open = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *a, **k: _denied() if self.name == "a.txt" else real_open(self, *a, **k))
    found, _ = scans(folder)
    (scan,) = [scan for scan in found if scan.path.endswith("a.txt")]
    assert (scan.state, [p.code for p in scan.problems]) == ("unread", ["leakplaces.denied"])


def _denied() -> None:
    raise PermissionError(13, "denied")


def test_a_name_that_is_no_utf8_is_shown_and_scanned(folder: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/\x83e\x83X\x83g.txt"))
    odd.write_bytes(PHONE.encode())
    found, _ = scans(folder)
    (scan,) = [scan for scan in found if "\\x83" in scan.path]
    assert scan.count == 1
    scan.path.encode("utf-8")


def test_roots_that_do_not_exist_are_all_named_before_anything_is_read(folder: Path) -> None:
    run = Run([folder, folder / "x", folder / "y"], SETTINGS)
    with pytest.raises(InputError, match=r"leakplaces\.paths_missing") as caught:
        next(run.scans())
    assert [Path(p.file).name for p in caught.value.problems] == ["x", "y"]


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (Choice(include=("*.txt",)), ["a.txt", "nothing.txt"]),
        (Choice(exclude=("総務課",)), ["a.txt", "d.zip", "nothing.txt"]),
        (Choice(exclude=("総務課/*.csv", "*.zip")), ["a.txt", "nothing.txt", "c.xlsx"]),
        (Choice(include=("*.csv", "*.txt"), exclude=("no*",)), ["a.txt", "b.csv"]),
    ],
)
def test_patterns_choose_files(folder: Path, choice: Choice, names: list[str]) -> None:
    walk = Walk([folder], choice)
    assert [c.path.name for c in walk.files()] == names
    assert walk.excluded > 0


def test_a_second_run_reads_only_what_changed(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    first, _ = scans(folder, index=index)
    (folder / "a.txt").write_text(f"{PHONE}、{PHONE}", encoding="utf-8")
    (folder / "new.txt").write_text(PHONE, encoding="utf-8")
    (folder / "d.zip").unlink()
    second, run = scans(folder, index=index)
    assert {Path(s.path).name: s.unchanged for s in second} == {
        "a.txt": False, "new.txt": False, "nothing.txt": True, "b.csv": True, "c.xlsx": True,
    }  # fmt: skip
    before = {s.path: list(s.each()) for s in first}
    for scan in second:
        if scan.unchanged:
            assert list(scan.each()) == before[scan.path]
            assert (scan.kinds, scan.state, scan.kind) != ({}, "", "")
    assert run.summary.unchanged == 3


def test_a_file_that_was_only_touched_or_moved_back_is_not_read_again(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    scans(folder, index=index)
    os.utime(folder / "a.txt", (1, 1))
    shutil.copy(folder / "d.zip", tmp_path / "kept")
    shutil.move(tmp_path / "kept", folder / "d.zip")
    second, _ = scans(folder, index=index)
    assert all(scan.unchanged for scan in second)


def test_the_same_size_and_time_with_another_content_is_read(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    scans(folder, index=index)
    path = folder / "nothing.txt"
    state = path.stat()
    path.write_text("電" + "あ" * (len("なにもありません。\n") - 2) + "\n", encoding="utf-8")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert path.stat().st_size == state.st_size
    second, _ = scans(folder, index=index)
    assert [Path(s.path).name for s in second if not s.unchanged] == ["nothing.txt"]


@pytest.mark.parametrize(
    "other",
    [
        Settings(names=False, threshold=0.9),
        Settings(names=False, kinds=("email",)),
        Settings(names=False, key=b"another key of the scan"),
    ],
)
def test_other_settings_read_everything_again(folder: Path, tmp_path: Path, other: Settings) -> None:
    index = tmp_path / "index.sqlite"
    scans(folder, index=index)
    second = list(Run([folder], other, index=index, workers=1).scans())
    assert not any(scan.unchanged for scan in second)


def test_an_interrupted_run_goes_on_where_it_stopped(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    running = Run([folder], SETTINGS, index=index, workers=1).scans()
    done = [next(running), next(running)]
    running.close()
    second, _ = scans(folder, index=index)
    assert [scan.path for scan in second if scan.unchanged] == [scan.path for scan in done]


def test_an_unreadable_place_is_tried_again(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = tmp_path / "index.sqlite"
    with monkeypatch.context() as patch:
        patch.setattr(Scanning, "file", lambda self, path, name, spools: PlaceScan(name, state="unread"))
        scans(folder, index=index)
    second, _ = scans(folder, index=index)
    assert not any(scan.unchanged for scan in second)


def test_the_index_holds_no_value_and_only_its_owner_reads_it(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    scans(folder, index=index)
    data = index.read_bytes()
    for value in ("0270-99-0123", "123456789018", "mimi@minamo"):
        assert value.encode() not in data
    assert index.stat().st_mode & 0o077 == 0


def test_the_index_within_the_folder_is_not_scanned(folder: Path) -> None:
    index = folder / "index.sqlite"
    scans(folder, index=index)
    second, _ = scans(folder, index=index)
    assert "index.sqlite" not in {Path(scan.path).name for scan in second}


@pytest.mark.parametrize("content", [b"text of somebody", b"SQLite format 3\0" + bytes(100)])
def test_a_file_that_is_no_index_is_refused_and_left(folder: Path, tmp_path: Path, content: bytes) -> None:
    index = tmp_path / "index.sqlite"
    index.write_bytes(content)
    with pytest.raises(InputError, match=r"leakplaces\.index_unusable"):
        scans(folder, index=index)
    assert index.read_bytes() == content


def test_another_database_is_refused_and_left(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    other = sqlite3.connect(index)
    other.execute("CREATE TABLE theirs (a)")
    other.commit()
    other.close()
    before = index.read_bytes()
    with pytest.raises(InputError, match=r"leakplaces\.index_unusable"):
        scans(folder, index=index)
    assert index.read_bytes() == before


def test_two_runs_do_not_share_an_index(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    with Index(index, "x"), pytest.raises(Unavailable, match=r"leakplaces\.index_busy"):
        scans(folder, index=index)


def test_many_findings_go_through_a_spool(folder: Path, tmp_path: Path) -> None:
    (folder / "many.txt").write_text((PHONE + "\n") * 6_000, encoding="utf-8")
    index = tmp_path / "index.sqlite"
    for _ in range(2):
        for scan in Run([folder / "many.txt"], SETTINGS, index=index, workers=1).scans():
            assert (scan.count, len(scan.findings), scan.spool is not None) == (6_000, 5_000, True)
            found = list(scan.each())
            assert [one["location"]["line"] for one in found] == list(range(1, 6_001))
        assert scan.spool is not None
        assert not scan.spool.exists()


def test_progress_counts_what_is_done(folder: Path) -> None:
    told: list[Progress] = []
    scans(folder, tell=told.append)
    assert [one.files for one in told] == [1, 2, 3, 4, 5]
    assert told[-1].findings > 5


def test_image_only_documents_are_not_clean(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(make_pdf(""))
    (scan,), run = scans(tmp_path)
    assert (scan.state, [p.code for p in scan.problems]) == ("unread", ["textract.pages_without_text"])
    assert run.summary.coverage == 0


def test_unknown_kinds_are_named() -> None:
    with pytest.raises(InputError, match=r"leakplaces\.kind_unknown"):
        prepared(Settings(kinds=("telefon",), names=False))


@pytest.mark.slow
@pytest.mark.machine_clock
def test_two_processes_find_the_same_in_the_same_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "_FEW_FILES", 10)
    for number in range(60):
        (tmp_path / f"{number:02d}.txt").write_text(f"{PHONE}\n" * number, encoding="utf-8")
    one = [(s.path, s.count) for s in Run([tmp_path], SETTINGS, workers=1).scans()]
    two = [(s.path, s.count) for s in Run([tmp_path], SETTINGS, workers=2).scans()]
    assert one == two


def test_hashes_are_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert index_module.hash_of(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_file_that_brings_its_process_down_is_told_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fragile:
        """Processes that die of ``bad.txt``, played in this one."""

        def __init__(self, workers: int) -> None:
            del workers

        def submit(self, settings: Settings, candidates: list, spools: Path, *, hashed: bool) -> Future:
            future: Future = Future()
            if any(candidate.path.name == "bad.txt" for candidate in candidates):
                future.set_exception(BrokenProcessPool())
            else:
                future.set_result(run_module._work(settings, candidates, spools, hashed))
            return future

        def close(self) -> None:
            """Nothing runs."""

    monkeypatch.setattr(run_module, "_FEW_FILES", 1)
    monkeypatch.setattr(run_module, "_Pool", Fragile)
    for name in ("a.txt", "bad.txt", "c.txt"):
        (tmp_path / name).write_text(PHONE, encoding="utf-8")
    found = {Path(s.path).name: s for s in Run([tmp_path], SETTINGS, workers=2).scans()}
    assert {name: scan.count for name, scan in found.items()} == {"a.txt": 1, "bad.txt": 0, "c.txt": 1}
    assert (found["bad.txt"].state, [p.code for p in found["bad.txt"].problems]) == ("unread", ["leakplaces.process_died"])
