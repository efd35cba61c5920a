"""A head that is kept elsewhere cannot be forged by whoever holds the database."""

from __future__ import annotations

import stat

from sekisho.records.ledger import signing


def test_a_signed_head_is_checked_against_the_trusted_key_only(tmp_path) -> None:
    key = signing.load_or_make_key(tmp_path / "keys")
    other = signing.load_or_make_key(tmp_path / "other")
    head = signing.sign_head(key, sequence=7, digest="ab" * 32, at="2026-11-22T00:00:00+00:00")
    assert signing.check_signed_head(head, trusted_public_key=signing.public_key_text(key))
    assert not signing.check_signed_head(head, trusted_public_key=signing.public_key_text(other))
    assert not signing.check_signed_head({**head, "sequence": 8}, trusted_public_key=signing.public_key_text(key))
    assert not signing.check_signed_head({}, trusted_public_key="not base64")


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path) -> None:
    first = signing.public_key_text(signing.load_or_make_key(tmp_path))
    assert signing.public_key_text(signing.load_or_make_key(tmp_path)) == first
    assert stat.S_IMODE((tmp_path / signing.KEY_NAME).stat().st_mode) == 0o600
