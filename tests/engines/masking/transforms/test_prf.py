"""The keyed function is AES-CMAC: the published vectors, and another implementation."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.masking.transforms.columns import Bytes
from sekisho.engines.masking.transforms.prf import pseudorandom, pseudorandom_numbers, pseudorandom_texts

# NIST SP 800-38B, examples (AES-128 and AES-256): key, and the MAC for the first 0, 16, 40 (AES-128: RFC 4493) and 64 bytes
MESSAGE = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
VECTORS = [
    ("2b7e151628aed2a6abf7158809cf4f3c", 0, "bb1d6929e95937287fa37d129b756746"),
    ("2b7e151628aed2a6abf7158809cf4f3c", 16, "070a16b46b4d4144f79bdd9dd04a287c"),
    ("2b7e151628aed2a6abf7158809cf4f3c", 40, "dfa66747de9ae63030ca32611497c827"),
    ("2b7e151628aed2a6abf7158809cf4f3c", 64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 0, "028962f61b7bf89efc6b551f4667d983"),
    ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 16, "28a7023f452e8f82bd4bf28d8c37c35c"),
    ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 64, "e1992190549f6ed5696a2c056c315410"),
]


def hexadecimal(row: np.ndarray) -> str:
    return f"{int(row[0]):016x}{int(row[1]):016x}"


@pytest.mark.parametrize(("key", "length", "expected"), VECTORS)
def test_the_vectors_of_nist(key: str, length: int, expected: str) -> None:
    data = np.frombuffer(MESSAGE[:length] + bytes(16), dtype=np.uint8)
    found = pseudorandom(bytes.fromhex(key), Bytes(np.array([0, length]), data))
    assert hexadecimal(found[0]) == expected


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=20))
def test_every_text_has_its_cmac(key: bytes, texts: list[str | None]) -> None:
    found = pseudorandom_texts(key, pa.array(texts, pa.string()))
    for text, row in zip(texts, found, strict=True):
        other = CMAC(AES(key))
        other.update((text or "").encode())
        assert hexadecimal(row) == other.finalize().hex()


def test_numbers_go_on_where_the_batch_before_ended() -> None:
    whole = pseudorandom_numbers(bytes(32), 40_000)
    parts = np.concatenate([pseudorandom_numbers(bytes(32), 17_000), pseudorandom_numbers(bytes(32), 23_000, 17_000)])
    assert np.array_equal(whole, parts)
    assert len(np.unique(whole[:, 0])) == len(whole)
