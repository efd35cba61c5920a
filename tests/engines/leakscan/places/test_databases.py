"""Databases: every table, streamed; cells told by primary key; nothing of the password or of a key that is personal itself."""

from __future__ import annotations

import random
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho.engines.leakscan.documents import Shingler, fingerprint, save
from sekisho.engines.leakscan.places.databases import Database, shown_url
from sekisho.engines.leakscan.places.model import PlaceScan, Settings
from sekisho.engines.leakscan.places.scanning import Scanning
from sekisho.errors import InputError, Unavailable

KEY = b"sixteen bytes at least"
LETTER = "みなも市では、来年度から新しい窓口の受付の仕組みを始めるため、対象となる皆様に順に通知をお送りします。お手元に届きましたら内容をお確かめください。"


@pytest.fixture
def scanning() -> Scanning:
    return Scanning(Settings(names=False, key=KEY))


@pytest.fixture
def sqlite(tmp_path: Path) -> Path:
    path = tmp_path / "住民.sqlite"
    database = sqlite3.connect(path)
    with database:
        database.execute("CREATE TABLE 住民 (id INTEGER PRIMARY KEY, 電話 TEXT, 備考 TEXT, 個人番号 TEXT)")
        database.executemany(
            "INSERT INTO 住民 VALUES (?, ?, ?, ?)",
            [(10, "0270-99-0123", None, "123456789018"), (11, None, LETTER, ""), (12, "0270-99-0124", "なし", "100000000080")],
        )
        database.execute("CREATE TABLE 鍵 (個人番号 TEXT PRIMARY KEY, 電話 TEXT) WITHOUT ROWID")
        database.execute("INSERT INTO 鍵 VALUES ('123456789018', '0270-99-0125')")
        database.execute("CREATE TABLE 空 (a TEXT)")
    database.close()
    return path


def scans(address: str, scanning: Scanning, **more: object) -> list[PlaceScan]:
    return list(Database(address, **more).scans(scanning, None))  # type: ignore[arg-type]


def test_cells_are_told_by_table_column_and_primary_key(sqlite: Path, scanning: Scanning) -> None:
    found = {scan.path.rpartition("#")[2]: scan for scan in scans(f"sqlite:///{sqlite}", scanning)}
    assert set(found) == {"住民", "鍵", "空"}
    told = [(one["type"], one["location"]) for one in found["住民"].each() if one["type"] in {"my_number", "telephone"}]
    assert told == [
        ("telephone", {"row": 1, "column": "電話", "key": {"id": "10"}}),
        ("my_number", {"row": 1, "column": "個人番号", "key": {"id": "10"}}),
        ("telephone", {"row": 3, "column": "電話", "key": {"id": "12"}}),
        ("my_number", {"row": 3, "column": "個人番号", "key": {"id": "12"}}),
    ]
    assert found["空"].count == 0


def test_a_key_that_is_personal_itself_is_not_told(sqlite: Path, scanning: Scanning) -> None:
    (scan,) = scans(f"sqlite:///{sqlite}", scanning, tables=("鍵",))
    assert {one["type"] for one in scan.each()} == {"my_number", "telephone"}
    assert "123456789018" not in repr(scan)
    assert all(one["location"]["row"] == 1 and "key" not in one["location"] for one in scan.each())


def test_own_documents_are_found_in_columns(sqlite: Path, tmp_path: Path) -> None:
    shingler = Shingler(KEY)
    save(tmp_path / "own", [fingerprint("通知文", [LETTER], shingler)], shingler)
    scanning = Scanning(Settings(names=False, key=KEY, documents=tmp_path / "own"))
    (scan,) = scans(f"sqlite:///{sqlite}", scanning, tables=("住民",))
    assert [(one["document"], one["share"]) for one in scan.each() if one["type"] == "own_document"] == [("通知文", 1.0)]


def test_a_sample_takes_a_share_of_the_rows(tmp_path: Path, scanning: Scanning) -> None:
    path = tmp_path / "a.sqlite"
    database = sqlite3.connect(path)
    with database:
        database.execute("CREATE TABLE t (電話 TEXT)")
        database.executemany("INSERT INTO t VALUES (?)", [("0270-99-0123",)] * 4_000)
    database.close()
    (scan,) = scans(f"sqlite:///{path}", scanning, share=0.1, chance=random.Random(1).random)
    assert 300 < scan.count < 500
    assert max(one["location"]["row"] for one in scan.each()) > 3_500


def test_a_table_that_does_not_exist_is_refused_with_those_that_do(sqlite: Path, scanning: Scanning) -> None:
    with pytest.raises(InputError, match=r"leakplaces\.table_missing") as caught:
        scans(f"sqlite:///{sqlite}", scanning, tables=("職員",))
    assert "住民" in caught.value.fields["known"]


def test_a_missing_sqlite_file_is_not_made(tmp_path: Path, scanning: Scanning) -> None:
    with pytest.raises(InputError, match=r"leakplaces\.paths_missing"):
        scans(f"sqlite:///{tmp_path / 'none.sqlite'}", scanning)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["", "nonsense", "http//x", "postgresql://u:geheim@h:port/x"])
def test_what_is_no_address_is_refused_without_repeating_it(address: str, scanning: Scanning) -> None:
    with pytest.raises(InputError) as caught:
        scans(address, scanning)
    assert "geheim" not in repr((caught.value.fields, caught.value.args))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://taro:geheim@db.example/residents?password=geheim", "postgresql+psycopg://taro@db.example/residents"),
        ("sqlite:////data/a.sqlite", "sqlite:////data/a.sqlite"),
    ],
)
def test_the_password_is_never_shown(address: str, shown: str) -> None:
    assert shown_url(address) == shown
    assert "geheim" not in repr(Database("sqlite://", "geheim"))


def test_a_broken_file_is_told(tmp_path: Path, scanning: Scanning) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 3_000)
    with pytest.raises(Unavailable, match=r"leakplaces\.database_unreachable"):
        scans(f"sqlite:///{path}", scanning)


@pytest.fixture
def postgresql() -> Iterator[str]:
    import psycopg

    name = f"leakscan_{uuid.uuid4().hex[:12]}"
    with psycopg.connect("postgresql://postgres@127.0.0.1:5432/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    address = f"postgresql://postgres@127.0.0.1:5432/{name}"
    try:
        with psycopg.connect(address) as database:
            database.execute("CREATE SCHEMA 業務")
            database.execute(
                "CREATE TABLE 業務.住民 (id bigint, 枝 text, 電話 text, 値 bytea, 日 date, 資料 jsonb, PRIMARY KEY (id, 枝))"
            )
            database.execute(
                "INSERT INTO 業務.住民 SELECT n, 'a', '0270-99-' || lpad((n %% 10000)::text, 4, '0'), NULL, '2020-01-01',"
                ' \'{"個人番号": "123456789018"}\' FROM generate_series(1, %s) AS n',
                (12_000,),
            )
            database.execute("CREATE TABLE public.空 (a int)")
        yield address
    finally:
        with psycopg.connect("postgresql://postgres@127.0.0.1:5432/postgres", autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name}")


@pytest.mark.postgresql
@pytest.mark.network
def test_postgresql_is_read_in_portions_with_schemas_and_compound_keys(postgresql: str, scanning: Scanning) -> None:
    found = {scan.path.rpartition("#")[2]: scan for scan in scans(postgresql, scanning)}
    assert set(found) == {"業務.住民", "public.空"}
    scan = found["業務.住民"]
    assert scan.kinds["telephone"] == 12_000
    assert scan.kinds["my_number"] == 12_000
    last = max(scan.each(), key=lambda one: one["start"])
    assert last["location"]["key"] == {"id": "12000", "枝": "a"}


@pytest.mark.postgresql
@pytest.mark.network
def test_a_database_that_cannot_be_reached_is_told_without_its_password(scanning: Scanning) -> None:
    with pytest.raises(Unavailable, match=r"leakplaces\.database_unreachable") as caught:
        scans("postgresql://nobody:geheim@127.0.0.1:1/none", scanning)
    shown = repr((caught.value.fields, caught.value.args, caught.value.__cause__))
    assert "geheim" not in shown
