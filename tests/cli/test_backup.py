"""A backup carries everything, to the other kind of database and back; and nothing comes of a file that is not as it was."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import InputError
from sekisho.standards import texts
from sekisho.web.backup import sealing, tables
from sekisho.web.backup.sealing import CHUNK, MAGIC, SealedReader, SealedWriter, Secret

HERE = Path(__file__).parent
KEY = Secret("key", b"k" * 32)
PASSPHRASE = "correct horse battery"


# The sealed file


def seal(data: bytes, secret: Secret = KEY) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, secret)
    for start in range(0, len(data), 700_001):
        writer.write(data[start : start + 700_001])
    writer.finish()
    return file.getvalue()


def unseal(sealed: bytes, size: int, secret: Secret = KEY) -> bytes:
    reader = SealedReader(io.BytesIO(sealed), secret, name="b")
    data = reader.read(size)
    assert reader.at_end()
    return data


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5])
def test_what_is_sealed_comes_back(size):
    data = bytes(range(256)) * (size // 256 + 1)
    assert unseal(seal(data[:size]), size) == data[:size]


def test_a_passphrase_seals_too_and_the_same_content_never_looks_the_same():
    secret = Secret("passphrase", PASSPHRASE.encode())
    first, second = seal(b"x", secret), seal(b"x", secret)
    assert unseal(first, 1, secret) == b"x"
    assert first[-17:] != second[-17:]
    assert PASSPHRASE not in repr(secret)


THREE = seal(b"\x01" * (2 * CHUNK + 100))
HEADER = len(THREE) - (2 * CHUNK + 100 + 3 * 16)  # magic, header, check value
SEALED_CHUNK = CHUNK + 16


def _swapped() -> bytes:
    a, b = HEADER, HEADER + SEALED_CHUNK
    return THREE[:a] + THREE[b : b + SEALED_CHUNK] + THREE[a:b] + THREE[b + SEALED_CHUNK :]


@pytest.mark.parametrize(
    ("name", "sealed", "code"),
    [
        ("nothing", b"", "not_a_backup"),
        ("another kind of file", b"PK\x03\x04" * 100, "not_a_backup"),
        ("a later format", MAGIC.replace(b"/1", b"/2") + b"x" * 99, "other_format"),
        ("only the magic", MAGIC, "damaged"),
        ("header longer than allowed", MAGIC + b"\xff\xff" + b"{" * 65535, "damaged"),
        ("header that is a list", MAGIC + b"\x00\x02[]", "damaged"),
        ("cut in the header", THREE[: HEADER - 40], "damaged"),
        ("cut in the check value", THREE[: HEADER - 3], "truncated"),
        ("nothing after the header", THREE[:HEADER], "truncated"),
        ("cut at the end of a chunk", THREE[: HEADER + 2 * SEALED_CHUNK], "truncated"),
        ("cut within a chunk", THREE[: HEADER + SEALED_CHUNK + 1000], "damaged"),
        ("last byte missing", THREE[:-1], "damaged"),
        ("a byte more", THREE + b"\0", "damaged"),
        ("a chunk twice", THREE[: HEADER + SEALED_CHUNK] + THREE[HEADER:], "damaged"),
        ("a chunk left out", THREE[:HEADER] + THREE[HEADER + SEALED_CHUNK :], "damaged"),
        ("two chunks swapped", _swapped(), "damaged"),
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_refused(name, sealed, code):
    with pytest.raises(InputError) as caught:
        unseal(sealed, 2 * CHUNK + 100)
    assert caught.value.code == f"backup.{code}"


SMALL = seal(b"hello")


@given(st.integers(0, len(SMALL) - 1), st.integers(0, 7))
@settings(max_examples=150, deadline=None)
def test_every_flipped_bit_is_noticed(place, bit):
    altered = bytearray(SMALL)
    altered[place] ^= 1 << bit
    with pytest.raises(InputError) as caught:
        unseal(bytes(altered), 5)
    assert texts.known(caught.value.code)


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_no_garbage_breaks_the_reader(garbage):
    for untrusted in (garbage, MAGIC + garbage, MAGIC + len(garbage).to_bytes(2, "big") + garbage):
        with pytest.raises(InputError):
            unseal(untrusted, 1)


def test_a_header_cannot_ask_for_all_the_memory():
    sealed = seal(b"x", Secret("passphrase", b"some passphrase"))
    with pytest.raises(InputError, match="damaged"):
        unseal(sealed.replace(b'"n":131072', b'"n":2097152'), 1, Secret("passphrase", b"some passphrase"))


@pytest.mark.parametrize(
    ("sealed", "secret", "code"),
    [
        (SMALL, Secret("key", b"K" * 32), "wrong_secret"),
        (SMALL, Secret("passphrase", b"some passphrase"), "needs_key"),
        (seal(b"x", Secret("passphrase", b"some passphrase")), KEY, "needs_passphrase"),
        (seal(b"x", Secret("passphrase", b"some passphrase")), Secret("passphrase", b"another"), "wrong_secret"),
    ],
)
def test_another_secret_is_told_from_a_damaged_file(sealed, secret, code):
    with pytest.raises(InputError) as caught:
        unseal(sealed, 1, secret)
    assert caught.value.code == f"backup.{code}"


# What is kept


def test_every_table_is_kept_or_named_as_left_out():
    labels = {model._meta.label_lower for model in apps.get_models(include_auto_created=True)}
    kept = {model._meta.label_lower for model in tables.kept_models(apps)}
    assert tables.LEFT_OUT | kept >= labels
    assert not tables.LEFT_OUT & kept
    assert {"mfa.authenticator", "organization.person", "ledger.entry", "assessment.judgement_evidence"} <= kept


def test_json_compares_equal_however_a_database_keeps_it():
    given_, kept = {"b": 1.0, "a": [1e16, {"z": None, "y": True}]}, {"a": [10**16, {"y": True, "z": None}], "b": 1}
    assert tables._canonical(given_) == tables._canonical(kept)
    assert tables._canonical(1.5) != tables._canonical(1)


# The commands


def sekisho(*arguments: str, home: Path | None = None, fails: int = 0, **more: str) -> dict[str, Any]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SEKISHO_", "DJANGO_"))}
    environment |= {"SEKISHO_LANG": "en", "HOME": "/nonexistent", **more}
    if home is not None:
        environment["SEKISHO_HOME"] = str(home)
    command = [sys.executable, "-c", "from sekisho.cli.main import run; run()", *arguments]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == fails, done.stderr
    assert "Traceback" not in done.stderr
    return {"err": done.stderr, **(json.loads(done.stdout) if done.stdout.startswith("{") else {})}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An SQLite installation with a little of everything, and its backup."""
    folder = tmp_path_factory.mktemp("backup")
    home, sealed, words = folder / "home", folder / "sealed", folder / "words"
    words.write_text(PASSPHRASE + "\nsecond line\n", encoding="utf-8")
    sekisho("init", "--organization", "minamo", "--name", "みなも市", "--body-kind", "municipality", "--home", str(home))
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SEKISHO_", "DJANGO_"))} | {"SEKISHO_HOME": str(home)}
    seeded = subprocess.run(
        [sys.executable, str(HERE / "backup_seed.py")], env=environment, capture_output=True, text=True, check=False
    )
    assert seeded.returncode == 0, seeded.stderr
    made = sekisho("backup", "--out", str(sealed), "--passphrase-file", str(words), "--json", home=home)
    return {"home": home, "sealed": sealed, "words": words, "folder": folder, "made": made, **json.loads(seeded.stdout)}


def figures(sealed: Path, words: Path) -> dict[str, Any]:
    return sekisho("restore", str(sealed), "--check", "--passphrase-file", str(words), "--json")


def without_ledger(found: dict[str, Any]) -> dict[str, Any]:
    """Backing up and restoring are themselves on the ledger, so only it grows."""
    return {name: table for name, table in found["tables"].items() if not name.startswith("ledger.")}


def postgres_url() -> str:
    return os.environ.get("SEKISHO_TEST_POSTGRES_URL") or "postgresql://127.0.0.1:5432/postgres"


@pytest.fixture
def empty_postgres():
    name = f"sekisho_backup_{os.getpid()}"
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')
    yield postgres_url().rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.postgresql
@pytest.mark.slow
def test_from_sqlite_to_postgresql_and_back(source, empty_postgres, tmp_path):
    before = figures(source["sealed"], source["words"])
    assert before["artifacts"] >= 2
    assert before["keys"] == ["ledger-ed25519.pem"]
    assert not {"sessions.session", "organization.loginsession"} & set(before["tables"])
    words = ("--passphrase-file", str(source["words"]), "--json")

    there = tmp_path / "postgres"
    restored = sekisho("restore", str(source["sealed"]), *words, "--home", str(there), "--database-url", empty_postgres)
    assert restored["ok"]
    assert sekisho("ledger", "verify", "--json", home=there)["ok"]
    assert (there / "keys" / "ledger-ed25519.pem").read_bytes() == (source["home"] / "keys" / "ledger-ed25519.pem").read_bytes()
    assert (there / "sekisho.toml").stat().st_mode & 0o777 == 0o600
    # New rows get keys after the restored ones (5000 was the highest of them).
    script = """
from sekisho.cli.django import setup; setup()
from sekisho.records.evidence.models import Measure
row = Measure.objects.order_by("-pk").first(); row.pk = None; row.save(force_insert=True); print(row.pk); row.delete()
"""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SEKISHO_", "DJANGO_"))} | {
        "SEKISHO_HOME": str(there)
    }
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) > 5000

    second = tmp_path / "second"
    sekisho("backup", "--out", str(second), *words, home=there)
    back = tmp_path / "back"
    sekisho("restore", str(second), *words, "--home", str(back))
    third = tmp_path / "third"
    sekisho("backup", "--out", str(third), *words, home=back)
    after = figures(third, source["words"])
    assert without_ledger(after) == without_ledger(before)  # every row of every table, by digest
    assert after["ledger"]["ok"]
    assert after["ledger"]["entries"] == before["ledger"]["entries"] + 4  # restored, backed up, restored, backed up
    artifact = source["artifact"]
    place = Path("store") / artifact[:2] / artifact[2:4] / artifact
    assert (back / place).read_bytes() == (source["home"] / place).read_bytes()
    with sqlite3.connect(back / "sekisho.sqlite3") as database, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute("DELETE FROM ledger_entry")
    database.close()


@pytest.mark.postgresql
@pytest.mark.slow
def test_a_damaged_file_leaves_postgresql_as_empty_as_it_was(source, empty_postgres, tmp_path):
    cut = tmp_path / "cut"
    content = source["sealed"].read_bytes()
    cut.write_bytes(content[: len(content) - 1_500_000])  # the tables are whole, an artifact is not
    home = tmp_path / "home"
    arguments = ("--passphrase-file", str(source["words"]), "--home", str(home), "--database-url", empty_postgres)
    said = sekisho("restore", str(cut), *arguments, fails=2)
    assert "Nothing was restored" in said["err"]
    assert not home.exists()
    with psycopg.connect(empty_postgres) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_database_in_use_is_left_alone(source, tmp_path):
    home = tmp_path / "home"
    arguments = ("restore", str(source["sealed"]), "--passphrase-file", str(source["words"]))
    sekisho(*arguments, "--home", str(source["home"]), fails=5)
    taken = source["home"] / "sekisho.sqlite3"
    size = taken.stat().st_size
    said = sekisho(*arguments, "--home", str(home), "--database-url", f"sqlite:///{taken}", fails=5)
    assert "not empty" in said["err"]
    assert taken.stat().st_size == size


def test_a_wrong_passphrase_or_a_damaged_file_leaves_nothing(source, tmp_path):
    home, wrong = tmp_path / "home", tmp_path / "wrong"
    wrong.write_text("another passphrase\n")
    said = sekisho("restore", str(source["sealed"]), "--passphrase-file", str(wrong), "--home", str(home), fails=2)
    assert "does not fit" in said["err"]
    assert not home.exists()
    altered = tmp_path / "altered"
    content = bytearray(source["sealed"].read_bytes())
    content[-1_500_000] ^= 1
    altered.write_bytes(content)
    words = ("--passphrase-file", str(source["words"]))
    said = sekisho("restore", str(altered), *words, "--home", str(home), fails=2)
    assert "damaged or was altered" in said["err"]
    assert not home.exists()
    sekisho("restore", str(altered), "--check", *words, fails=2)
    home.mkdir()
    (home / "mine.txt").write_text("kept")
    sekisho("restore", str(altered), *words, "--home", str(home), fails=2)
    assert [p.name for p in home.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("content", "arguments", "code", "words"),
    [
        ("short", ["--passphrase-file", "{file}"], 2, "at least 12"),
        ("not hexadecimal", ["--key-file", "{file}"], 2, "not a key file"),
        ("ab" * 32, ["--key-file", "{file}", "--passphrase-file", "{file}"], 2, "not both"),
        ("", [], 2, "passphrase or key is needed"),
        ("", ["--key-file", "{file}-not-there"], 6, "Cannot read"),
    ],
)
def test_a_backup_wants_a_secret_that_is_one(  # noqa: PLR0917
    source, tmp_path, content, arguments, code, words
):
    file = tmp_path / "secret"
    file.write_text(content)
    given_ = [a.format(file=file) for a in arguments]
    said = sekisho("backup", "--out", str(tmp_path / "b"), *given_, home=source["home"], fails=code)
    assert words in said["err"]
    assert not (tmp_path / "b").exists()


def test_damaged_evidence_is_named_and_the_rest_is_saved(source, tmp_path):
    home, key = tmp_path / "home", tmp_path / "key"
    shutil.copytree(source["home"], home)
    key.write_text("ab" * 32)
    artifact = source["artifact"]
    bytes_ = home / "store" / artifact[:2] / artifact[2:4] / artifact
    bytes_.write_bytes(b"something else")
    made = sekisho("backup", "--out", str(tmp_path / "b"), "--key-file", str(key), "--without-keys", "--json", home=home, fails=1)
    assert made["damaged"] == [artifact]
    there = tmp_path / "there"
    restored = sekisho("restore", str(tmp_path / "b"), "--key-file", str(key), "--home", str(there), "--json", fails=1)
    assert restored["damaged"] == [artifact]
    assert "New ones were made" in restored["err"]
    assert not (there / "keys").exists()
    assert sekisho("ledger", "verify", "--json", home=there)["ok"]
    again = sekisho("backup", "--out", str(tmp_path / "b"), "--key-file", str(key), home=home, fails=5)
    assert "is there already" in again["err"]


def test_a_backup_of_a_newer_version_is_refused(source, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(source["home"], home)
    with sqlite3.connect(home / "sekisho.sqlite3") as database:
        database.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('evidence', '9999_later', '2030-01-01')")
    database.close()
    words = ("--passphrase-file", str(source["words"]))
    sekisho("backup", "--out", str(tmp_path / "b"), *words, home=home)
    said = sekisho("restore", str(tmp_path / "b"), *words, "--home", str(tmp_path / "new"), fails=2)
    assert "evidence.9999_later" in said["err"]
    assert not (tmp_path / "new").exists()


def test_sealing_uses_the_bounds_it_documents():
    assert (sealing._N, sealing._R, sealing._P) == (2**17, 8, 1)
