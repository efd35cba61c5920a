"""Own documents are found again wholly and in passages, and nothing of their text is kept."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.leakscan.documents import (
    GUARANTEED,
    Matcher,
    Shingler,
    Stream,
    fingerprint,
    load,
    normalised,
    save,
)  # fmt: skip
from sekisho.errors import InputError

KEY = b"a key of the organisation, 32 by"
OTHER = b"another key of the same length 3"


def made(seed: int, length: int = 3_000) -> str:
    chance = random.Random(seed)
    return "".join(chr(chance.randrange(0x4E00, 0x8F00)) for _ in range(length))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    shingler = Shingler(KEY)
    documents = [fingerprint(name, [made(seed)], shingler) for seed, name in enumerate(["調査票", "議事録"])]
    save(tmp_path / "own.fingerprints", documents, shingler)
    return tmp_path / "own.fingerprints"


def matches(path: Path, text: str, *, parts: int = 0):
    matcher = Matcher(load(path, KEY))
    step = parts or max(len(text), 1)
    for at in range(0, len(text), step):
        matcher.feed(text[at : at + step], at)
    return matcher.finish()


def test_siphash_gives_its_published_value() -> None:
    shingler = Shingler(b"any")
    shingler._k0, shingler._k1 = np.frombuffer(bytes(range(16)), dtype=np.uint64)
    assert int(shingler._keyed(np.frombuffer(bytes(range(8)), dtype=np.uint64))[0]) == 0x93F5F5799A932462


def test_a_whole_copy_is_exact_whatever_its_line_breaks_and_width(kept: Path) -> None:
    copy = "\r\n".join(made(0)[at : at + 40] for at in range(0, 3_000, 40))
    found = matches(kept, f" {copy}　\n")
    assert [(m.document, m.exact, m.share) for m in found] == [("調査票", True, 1.0)]


@pytest.mark.parametrize("at", range(0, 2_900, 290))
def test_a_copied_paragraph_is_found_with_its_place_and_share(kept: Path, at: int) -> None:
    paragraph = made(1)[at : at + 100]
    text = made(7, 500) + "。\n" + paragraph[:50] + "、\n" + paragraph[50:] + made(8, 500)
    (match,) = matches(kept, text)
    (passage,) = match.passages
    assert (match.document, match.exact) == ("議事録", False)
    assert 502 <= passage.start < 515
    assert 590 < passage.end <= 604
    assert 0 < match.share < 0.1


def test_the_shortest_promised_passage_shares_a_shingle() -> None:
    shingler = Shingler(KEY)
    whole = made(3, 2_000)
    own = set(fingerprint("x", [whole], shingler).shingles.tolist())
    for at in range(0, 1_900, 53):
        text = made(4, 200) + whole[at : at + GUARANTEED] + made(5, 200)
        assert own & set(fingerprint("y", [text], shingler).shingles.tolist())


def test_other_texts_match_nothing(kept: Path) -> None:
    assert matches(kept, made(99, 20_000)) == []
    assert matches(kept, "") == []


def test_the_parts_in_which_a_text_comes_change_nothing(kept: Path) -> None:
    text = made(11, 70_000) + made(0)[500:900] + made(12, 70_000) + made(1)[100:300]
    whole = [(m.document, m.share, [(p.start, p.end) for p in m.passages]) for m in matches(kept, text)]
    for parts in (1_000, 65_536, 70_100):
        assert [(m.document, m.share, [(p.start, p.end) for p in m.passages]) for m in matches(kept, text, parts=parts)] == whole
    assert {name for name, *_ in whole} == {"調査票", "議事録"}


def test_no_text_and_no_key_is_in_the_file(kept: Path) -> None:
    data = kept.read_bytes()
    assert KEY not in data
    for at in range(0, 2_990, 10):
        for encoding in ("utf-8", "utf-16-le", "utf-32-le"):
            assert made(0)[at : at + 4].encode(encoding, "ignore") not in data
    assert kept.stat().st_mode & 0o077 == 0


def test_another_key_is_refused_and_gives_other_numbers(kept: Path) -> None:
    with pytest.raises(InputError, match=r"leakplaces\.key_differs"):
        load(kept, OTHER)
    ours, theirs = (fingerprint("x", [made(0)], Shingler(key)) for key in (KEY, OTHER))
    assert ours.exact != theirs.exact
    assert not set(ours.shingles.tolist()) & set(theirs.shingles.tolist())


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"text", b"SQLite format 3\0" + b"\xff" * 4_000])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"leakplaces\.fingerprints_unusable"):
        load(path, KEY)


def test_a_cut_off_file_is_refused(kept: Path) -> None:
    kept.write_bytes(kept.read_bytes()[:9_000])
    with pytest.raises(InputError, match=r"leakplaces\.fingerprints_unusable"):
        load(kept, KEY)


def test_a_name_that_stands_twice_leaves_the_old_file(kept: Path) -> None:
    shingler = Shingler(KEY)
    before = kept.read_bytes()
    with pytest.raises(InputError, match=r"leakplaces\.document_twice"):
        save(kept, [fingerprint("x", [made(1)], shingler), fingerprint("x", [made(2)], shingler)], shingler)
    assert kept.read_bytes() == before
    assert [p.name for p in kept.parent.iterdir()] == [kept.name]


@given(st.text(max_size=300), st.integers(min_value=1, max_value=50))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_the_same_fingerprints_in_any_parts(text: str, step: int) -> None:
    shingler = Shingler(KEY)
    whole = fingerprint("x", [text], shingler)
    parts = fingerprint("x", [text[at : at + step] for at in range(0, len(text), step)], shingler)
    assert (whole.exact, whole.characters, whole.shingles.tolist()) == (parts.exact, parts.characters, parts.shingles.tolist())


@given(st.text(max_size=200))
def test_normalised_places_lie_within_the_text(text: str) -> None:
    codes, places = normalised(text)
    assert len(codes) == len(places)
    assert all(0 <= place < len(text) for place in places.tolist())


def test_a_stream_of_nothing_selects_nothing() -> None:
    assert list(Stream(Shingler(KEY)).finish()) == []
