"""FF1 against every published sample of NIST, and as a permutation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.masking.transforms.ff1 import FF1, domain_is_large_enough
from sekisho.engines.masking.transforms.numerals import read_numbers, write_numbers

LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
AES128 = "2B7E151628AED2A6ABF7158809CF4F3C"
AES192 = AES128 + "EF4359D8D580AA4F"
AES256 = AES192 + "7F036D6F04FC6A94"
DIGITS, WORD = "0123456789", "0123456789abcdefghi"
TEN, ELEVEN = "39383736353433323130", "3737373770717273373737"

# NIST, "FF1 samples" (Cryptographic Standards and Guidelines: examples with intermediate values), samples 1 to 9
SAMPLES = {
    1: (AES128, 10, "", DIGITS, "2433477484"),
    2: (AES128, 10, TEN, DIGITS, "6124200773"),
    3: (AES128, 36, ELEVEN, WORD, "a9tv40mll9kdu509eum"),
    4: (AES192, 10, "", DIGITS, "2830668132"),
    5: (AES192, 10, TEN, DIGITS, "2496655549"),
    6: (AES192, 36, ELEVEN, WORD, "xbj3kv35jrawxv32ysr"),
    7: (AES256, 10, "", DIGITS, "6657667009"),
    8: (AES256, 10, TEN, DIGITS, "1001623463"),
    9: (AES256, 36, ELEVEN, WORD, "xs8a0azh2avyalyzuwd"),
}


def numerals(text: str) -> np.ndarray:
    return np.array([[LETTERS.index(one) for one in text]], dtype=np.uint8)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_samples_of_nist(sample: int) -> None:
    key, radix, tweak, plain, cipher = SAMPLES[sample]
    ff1 = FF1(bytes.fromhex(key), radix, bytes.fromhex(tweak))
    assert "".join(LETTERS[one] for one in ff1.encrypt(numerals(plain))[0]) == cipher
    assert "".join(LETTERS[one] for one in ff1.decrypt(numerals(cipher))[0]) == plain
    assert ff1._one(numerals(plain)[0].tolist(), backward=False) == numerals(cipher)[0].tolist()
    assert ff1._one(numerals(cipher)[0].tolist(), backward=True) == numerals(plain)[0].tolist()


@pytest.mark.parametrize(
    ("radix", "length"),
    [(2, 20), (2, 61), (2, 124), (2, 127), (10, 6), (10, 7), (10, 16), (10, 17), (10, 18), (10, 19), (10, 36), (10, 37), (10, 60),
     (26, 5), (36, 20), (36, 24), (83, 13), (1000, 2), (65536, 2), (65536, 7), (65536, 40)],
)  # fmt: skip
@pytest.mark.parametrize("tweak", [b"", b"eleven byte", b"a tweak of more than two blocks of AES"])
def test_whole_arrays_and_single_rows_agree(radix: int, length: int, tweak: bytes) -> None:
    rows = np.random.default_rng(length).integers(0, radix, (20, length)).astype(np.uint32)
    rows[0], rows[1] = 0, radix - 1
    ff1 = FF1(bytes(32), radix, tweak)
    done = ff1.encrypt(rows)
    assert done.tolist() == [ff1._one(row, backward=False) for row in rows.tolist()]
    assert ff1.decrypt(done).tolist() == rows.tolist()


def test_a_whole_domain_is_permuted() -> None:
    every = np.arange(1_000_000, dtype=np.uint64)
    rows = np.empty((len(every), 6), dtype=np.uint8)
    write_numbers(rows, every, np.arange(10, dtype=np.uint8))
    done = FF1(bytes(16), 10).encrypt(rows)
    assert np.array_equal(np.sort(read_numbers(done, 10)), every)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 65_536), st.integers(2, 70), st.binary(max_size=40), st.randoms(use_true_random=False))
def test_decrypting_turns_every_encryption_back(radix: int, length: int, tweak: bytes, random) -> None:
    ff1 = FF1(bytes(range(16)), radix, tweak)
    rows = np.array([[random.randrange(radix) for _ in range(length)] for _ in range(3)], dtype=np.uint32)
    if radix**length < 1_000_000:
        for way in (ff1.encrypt, ff1.decrypt):
            with pytest.raises(ValueError):
                way(rows)
        return
    done = ff1.encrypt(rows)
    assert done.max() < radix
    assert np.array_equal(ff1.decrypt(done), rows)


def test_the_limit_of_a_million() -> None:
    assert domain_is_large_enough(10, 6)
    assert domain_is_large_enough(1000, 2)
    assert domain_is_large_enough(2, 20)
    assert not domain_is_large_enough(10, 5)
    assert not domain_is_large_enough(999, 2)
    assert not domain_is_large_enough(2, 19)
    assert not domain_is_large_enough(65_536, 1)


@pytest.mark.parametrize(("radix", "tweak"), [(1, b""), (0, b""), (65_537, b""), (10, bytes(65_537))])
def test_what_the_standard_does_not_allow(radix: int, tweak: bytes) -> None:
    with pytest.raises(ValueError):
        FF1(bytes(16), radix, tweak)
