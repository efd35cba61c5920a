"""The bundle: same content same bytes, and nothing prepared by an enemy gets through."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.sending import Limits, pack, unpack
from sekisho.errors import InputError
from sekisho.standards import texts

from .conftest import observation

NOW = datetime(2026, 11, 22, tzinfo=UTC)
GOOD = pack([observation(1), observation(2)], created=NOW, machine="m")


def rebuilt(change: dict[str, bytes | None] | None = None, *, extra: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    """The good bundle with some entries replaced (None: left out) and others added."""
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**entries, **(change or {})}.items():
            if data is not None:
                archive.writestr(name, data)
        for name, data in extra:
            archive.writestr(name, data)
    return buffer.getvalue()


def manifest(**change: Any) -> bytes:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        return json.dumps({**json.loads(archive.read("manifest.json")), **change}).encode()


def codes(data: bytes | Path, **limits: int) -> set[str]:
    with pytest.raises(InputError) as caught:
        unpack(data, limits=Limits(**limits))
    found = {p.code for p in caught.value.problems}
    assert found
    assert all(texts.known(code) for code in found)
    return found


def test_what_was_packed_comes_back() -> None:
    bundle = unpack(GOOD)
    assert bundle.observations == (observation(1)[0], observation(2)[0])
    assert bundle.artifacts == observation(1)[1]
    assert (bundle.machine, bundle.created) == ("m", "2026-11-22T00:00:00+00:00")


def test_the_same_content_gives_the_same_bytes() -> None:
    assert pack([observation(1), observation(2)], created=NOW, machine="m") == GOOD


def test_packing_with_missing_or_wrong_bytes_is_refused() -> None:
    value, _ = observation()
    for data in ({}, {value.artifacts[0].sha256: b"forged"}):
        with pytest.raises(InputError):
            pack([(value, data)], created=NOW)


SHA = hashlib.sha256(b"artifact").hexdigest()
LINES = b"not json\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "sending.bundle_not_zip"), (b"PK\x03\x04", "sending.bundle_not_zip"), (GOOD[: len(GOOD) // 2], "sending.bundle_not_zip"),
        (rebuilt({f"artifacts/{SHA}": b"forged"}), "sending.hash_differs"),
        (rebuilt({f"artifacts/{SHA}": None}), "sending.entry_missing"),
        (rebuilt({"manifest.json": None}), "sending.entry_missing"),
        (rebuilt({"observations.jsonl": None}), "sending.entry_missing"),
        (rebuilt({"manifest.json": b"{}"}), "sending.manifest_broken"),
        (rebuilt({"manifest.json": b"["}), "sending.manifest_broken"),
        (rebuilt({"manifest.json": manifest(schema="other/9")}), "sending.schema_unknown"),
        (rebuilt({"manifest.json": manifest(observations=9)}), "sending.count_differs"),
        (rebuilt({"observations.jsonl": LINES}), "sending.hash_differs"),
        (rebuilt({"observations.jsonl": LINES, "manifest.json": manifest(observations_sha256=hashlib.sha256(LINES).hexdigest())}), "sending.observation_broken"),
        (rebuilt(extra=(("../../etc/passwd", b"x"),)), "sending.entry_not_allowed"),
        (rebuilt(extra=(("/etc/passwd", b"x"),)), "sending.entry_not_allowed"),
        (rebuilt(extra=(("artifacts/../x", b"x"),)), "sending.entry_not_allowed"),
        (rebuilt(extra=((f"artifacts/{SHA.upper()}", b"artifact"),)), "sending.entry_not_allowed"),
        (rebuilt(extra=((f"artifacts/{hashlib.sha256(b'x').hexdigest()}", b"x"),)), "sending.entry_not_named"),
    ],
)  # fmt: skip
def test_hostile_bundles(data: bytes, code: str) -> None:
    assert code in codes(data)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_twice_is_refused() -> None:
    assert "sending.entry_twice" in codes(rebuilt(extra=(("manifest.json", b"{}"),)))


def test_a_bomb_is_stopped_by_its_declared_and_by_its_true_size() -> None:
    bomb = rebuilt({f"artifacts/{SHA}": b"0" * 5_000_000})
    assert len(bomb) < 50_000
    assert "sending.entry_too_large" in codes(bomb, entry_bytes=1_000_000)
    assert "sending.bundle_too_large" in codes(bomb, total_bytes=1_000_000)
    lying = bytearray(bomb)  # both size fields of the bomb say 8 bytes
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        position = bomb.rfind(mark)
        while position >= 0:
            name_at = position + (46 if mark == b"PK\x01\x02" else 30)
            if bomb[name_at : name_at + 10] == b"artifacts/":
                lying[position + offset : position + offset + 4] = (8).to_bytes(4, "little")
            position = bomb.rfind(mark, 0, position)
    assert codes(bytes(lying), entry_bytes=1_000_000) <= {
        "sending.bundle_not_zip",
        "sending.entry_too_large",
        "sending.hash_differs",
    }


def test_too_many_entries_and_too_large_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x.sekisho"
    path.write_bytes(GOOD)
    assert unpack(path).machine == "m"
    assert codes(path, entries=2) == {"sending.bundle_too_many_entries"}
    assert codes(path, file_bytes=10) == {"sending.bundle_too_large"}
    assert codes(tmp_path / "none.sekisho") == {"sending.bundle_not_found"}


@settings(max_examples=150)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_harmless(position: int, flip: int) -> None:
    data = bytearray(GOOD)
    data[position] ^= flip
    try:
        bundle = unpack(bytes(data))
    except InputError:
        return
    assert bundle.observations == (observation(1)[0], observation(2)[0])
    assert bundle.artifacts == observation(1)[1]


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_clearly(data: bytes) -> None:
    assert codes(data)
