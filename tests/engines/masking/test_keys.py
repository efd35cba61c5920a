"""Keys: only their owner reads them, nobody sees them, a changed one is told."""

from __future__ import annotations

import copy
import json
import os
import pickle
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.masking.keys import (
    DomainKey,
    KeyRing,
    destroy_key_file,
    environment_name,
    key_from_environment,
    new_key_file,
    read_key_file,
)
from sekisho.errors import Conflict, InputError, NotFound, NotPermitted, SekishoError

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
SECRET = bytes(range(32))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "residents.key"
    new_key_file(path, "residents", now=NOW, random=lambda count: bytes(range(count)))
    return path


def test_a_new_key_file_is_its_owners_alone_and_gives_the_key_back(key_file: Path) -> None:
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    key = read_key_file(key_file)
    assert key.identity.domain == "residents"
    assert key.derive("token") == DomainKey(SECRET, domain="residents").derive("token")


def test_a_key_file_is_never_written_over(key_file: Path) -> None:
    before = key_file.read_bytes()
    with pytest.raises(Conflict) as caught:
        new_key_file(key_file, "residents", now=NOW, random=os.urandom)
    assert caught.value.code == "masking.key_file_exists"
    assert key_file.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o644])
def test_a_file_that_others_may_open_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(NotPermitted) as caught:
        read_key_file(key_file)
    assert caught.value.code == "masking.key_file_open_to_others"


def test_a_link_a_folder_and_a_missing_file_are_refused(key_file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.key"
    link.symlink_to(key_file)
    with pytest.raises(NotPermitted):
        read_key_file(link)
    with pytest.raises(NotPermitted):
        read_key_file(tmp_path)
    with pytest.raises(NotFound):
        read_key_file(tmp_path / "none.key")


HOSTILE = {
    "empty": b"",
    "not JSON": b"{",
    "not an object": b"[]",
    "endless nesting": b"[" * 4000,
    "too long": b" " * 5000,
    "not text": b"\xff\xfe\x00",
    "unknown field": {"more": 1},
    "another form": {"sekisho_mask_key": 2},
    "version as text": {"version": "1"},
    "version true": {"version": True},
    "version nought": {"version": 0},
    "domain with a path": {"domain": "../x"},
    "short secret": {"secret": "AAAA"},
    "secret that is no base64": {"secret": "?" * 44},
    "secret with letters of another script": {"secret": "あ" * 44},
    "another secret": {"secret": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
    "another check value": {"check": "0" * 16},
    "another domain": {"domain": "others"},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_key_file_gets_an_error_that_shows_nothing_of_it(key_file: Path, name: str) -> None:
    change = HOSTILE[name]
    content = change if isinstance(change, bytes) else json.dumps({**json.loads(key_file.read_bytes()), **change}).encode()
    secret = json.loads(key_file.read_bytes())["secret"]
    key_file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_key_file(key_file)
    assert secret not in repr(caught.value.as_dict())


@given(st.binary(max_size=300))
def test_no_bytes_but_a_key_are_read_as_one(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("keys") / "any.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SekishoError):
        read_key_file(path)


def test_a_key_shows_itself_nowhere() -> None:
    key = DomainKey(SECRET, domain="residents")
    ring = KeyRing([key])
    shown = f"{key!r}{key}{ring!r}{ring.identities}{[key]}"
    assert SECRET.hex() not in shown
    assert repr(SECRET) not in shown
    assert not hasattr(key, "__dict__")
    for thing in (key, ring):
        for way in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                way(thing)


def test_purposes_and_domains_have_keys_of_their_own_by_hkdf() -> None:
    one, other = DomainKey(SECRET, domain="one"), DomainKey(SECRET, domain="other")
    assert len({one.derive("token"), one.derive("ff1"), other.derive("token"), other.derive("ff1")}) == 4
    salt, info = b"sekisho masking domain:one", b"sekisho masking v1 purpose:token"
    assert one.derive("token") == HKDF(SHA256(), 32, salt, info).derive(SECRET)


def test_a_key_from_the_environment() -> None:
    variable = environment_name("residents-test")
    assert variable == "SEKISHO_MASK_KEY_RESIDENTS_TEST"
    assert key_from_environment({}, "residents-test") is None
    found = key_from_environment({variable: "3:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}, "residents-test")
    assert found is not None
    assert found.identity.version == 3
    assert found.derive("x") == DomainKey(SECRET, domain="residents-test").derive("x")


@pytest.mark.parametrize(
    "value", ["", "1", "1:", "1:AAAA", "x:AAAA", "１:AAAA", "-1:AAAA", "1:あ", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
)
def test_a_broken_variable_is_told_without_its_value(value: str) -> None:
    with pytest.raises(InputError) as caught:
        key_from_environment({environment_name("residents"): value}, "residents")
    assert not value or value not in repr(caught.value.as_dict()).replace("SEKISHO_MASK_KEY", "") or len(value) < 3


@pytest.mark.parametrize("domain", ["", "A", "a_b", "-a", "a-", "a" * 64, "あ", "a b", "a\n", "../a"])
def test_a_domain_has_a_plain_name(domain: str) -> None:
    with pytest.raises(InputError) as caught:
        DomainKey(SECRET, domain=domain)
    assert caught.value.code == "masking.domain_name"


def test_a_lost_and_a_changed_key_are_told_before_the_run() -> None:
    held = DomainKey(SECRET, domain="residents")
    same_version = DomainKey(bytes(32), domain="residents").identity
    ring = KeyRing([held])
    ring.expect([held.identity])
    with pytest.raises(Conflict) as caught:
        ring.expect([same_version, DomainKey(SECRET, domain="staff").identity])
    assert [one.code for one in caught.value.problems] == ["masking.key_changed", "masking.key_lost"]
    with pytest.raises(NotFound):
        ring.key("staff")
    with pytest.raises(InputError):
        KeyRing([held, held])


def test_a_destroyed_key_is_gone_under_every_name(key_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "copy.key"
    os.link(key_file, other)
    identity = read_key_file(key_file).identity
    record = destroy_key_file(key_file, now=NOW)
    assert (record.identity, record.at, record.overwritten, record.links_left) == (identity, NOW, True, 1)
    assert not key_file.exists()
    assert other.read_bytes() == b""


def test_what_is_no_key_is_not_destroyed(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("keep me")
    path.chmod(0o600)
    with pytest.raises(InputError):
        destroy_key_file(path, now=NOW)
    assert path.read_text() == "keep me"
