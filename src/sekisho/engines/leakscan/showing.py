"""What may be seen of a finding: an excerpt that does not give the value back, and a fingerprint that needs the key."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import Final

import numpy as np

from sekisho.engines.checkdigits import my_number
from sekisho.engines.leakscan.codes import digit_table, fold_table
from sekisho.engines.leakscan.kinds import NEVER_SHOWN, Kind

__all__ = ["excerpt", "fingerprint", "normal", "shown"]

_HIDDEN: Final = "*"
_SIGNS: Final = re.compile(r"[\s\-‐‑‒–—―−－ー.．・･()（）/／]")
_SIGN_SET: Final = frozenset("-‐‑‒–—―−－ー.．・･()（）/／")
_TAILS: Final = {
    Kind.PAYMENT_CARD: 4,
    Kind.TELEPHONE: 2,
    Kind.CORPORATE_NUMBER: 4,
    Kind.INVOICE_NUMBER: 4,
    Kind.DRIVING_LICENCE: 2,
    Kind.RESIDENT_RECORD_CODE: 2,
    Kind.PENSION_NUMBER: 2,
    Kind.INSURER_NUMBER: 2,
    Kind.BANK_ACCOUNT: 2,
    Kind.ADDRESSEE_NUMBER: 1,
    Kind.INSURED_NUMBER: 1,
    Kind.PASSPORT: 1,
    Kind.RESIDENCE_CARD: 2,
}
_HEADS: Final = {Kind.TELEPHONE: 3, Kind.PASSPORT: 1, Kind.PERSON_NAME: 1, Kind.PERSON_KANA: 1, Kind.OWN_TERM: 1}
_OPEN: Final = frozenset({Kind.MARKING})
_SHORTEST: Final = 4
_LONGEST_EXCERPT: Final = 40
_LONGEST_NUMBER: Final = 40


@cache
def _folds() -> dict[int, int]:
    """The characters that count as another one (:func:`~sekisho.engines.leakscan.codes.fold`), for ``str.translate``."""
    table = fold_table()
    changed = np.flatnonzero(table != np.arange(len(table)))
    return dict(zip(changed.tolist(), table[changed].tolist(), strict=True))


@cache
def _digits() -> dict[int, str]:
    table = digit_table()
    places = np.flatnonzero(table < 10)  # noqa: PLR2004 - a digit
    return {int(place): str(int(table[place])) for place in places}


def normal(value: str) -> str:
    """A value as it is compared: widths and cases equal, kanji digits as digits, without signs between."""
    plain = _SIGNS.sub("", value.translate(_folds()))
    digits = plain.translate(_digits())
    return digits if digits.isascii() and digits.isdigit() else plain


def _is_individual_number(kind: Kind, value: str, plain: str) -> bool:
    """Whether a value is 個人番号, or would be one if it had been found as such: then nothing of it is kept.

    ``plain``: its normal form.
    """
    if kind in NEVER_SHOWN:
        return True
    return len(value) <= _LONGEST_NUMBER and my_number("".join(sign for sign in plain if sign.isdigit()))


def shown(kind: Kind, value: str, key: bytes) -> tuple[str, str]:
    """Excerpt and fingerprint of a value (:func:`excerpt`, :func:`fingerprint`), both empty for 個人番号."""
    plain = normal(value)
    if _is_individual_number(kind, value, plain):
        return "", ""
    return _excerpt(kind, value), _fingerprint(kind, value, plain, key)


def excerpt(kind: Kind, value: str) -> str:
    """A value with nearly all of it hidden: signs stay, of letters and digits a few at the ends. Empty for 個人番号."""
    return shown(kind, value, b"")[0]


def fingerprint(kind: Kind, value: str, key: bytes) -> str:
    """A keyed fingerprint (BLAKE2b, 16 bytes, hexadecimal): the same for the same value, however it is written.

    Empty without a key, for 個人番号 and for markings (which are no secret).
    """
    return shown(kind, value, key)[1]


def _excerpt(kind: Kind, value: str) -> str:
    if kind in _OPEN:
        return value[:_LONGEST_EXCERPT]
    if kind is Kind.EMAIL:
        return _mail(value)
    signs = [place for place, sign in enumerate(value) if sign not in _SIGN_SET and not sign.isspace()]
    head, tail = _HEADS.get(kind, 0), _TAILS.get(kind, 0)
    if len(signs) <= 2 * (head + tail):
        head = 0
    if len(signs) < max(_SHORTEST, 3 * tail):
        tail = 0
    open_places = set(signs[:head]) | set(signs[len(signs) - tail :] if tail else [])
    hidden = set(signs) - open_places
    masked = "".join(_HIDDEN if place in hidden else sign for place, sign in enumerate(value))
    if kind is Kind.SECRET or len(masked) > _LONGEST_EXCERPT:
        return _HIDDEN * 8
    return masked


def _mail(value: str) -> str:
    local, at, domain = re.split("([@＠﹫])", value, maxsplit=1)
    labels = re.split("([.．])", domain)
    hidden = "".join(part if part in ".．" or place == len(labels) - 1 else _HIDDEN * 3 for place, part in enumerate(labels))
    return f"{local[:1] if len(local) > 2 else ''}{_HIDDEN * 3}{at}{hidden}"  # noqa: PLR2004 - shorter ones would be whole


def _fingerprint(kind: Kind, value: str, plain: str, key: bytes) -> str:
    if not key or kind in _OPEN:
        return ""
    kept = value if kind is Kind.SECRET else plain
    material = f"{kind.label}\0{kept}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(material, key=_short(key), digest_size=16, person=b"leakscan").hexdigest()


def _short(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=32).digest()
