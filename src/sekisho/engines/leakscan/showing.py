"""What may be seen of a finding: an excerpt that does not give the value back, and a fingerprint that needs the key."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from sekisho.engines.checkdigits import my_number
from sekisho.engines.leakscan.codes import digit_table, fold
from sekisho.engines.leakscan.kinds import NEVER_SHOWN, Kind

__all__ = ["excerpt", "fingerprint", "normal"]

_HIDDEN: Final = "*"
_SIGNS: Final = re.compile(r"[\s\-‐‑‒–—―−－ー.．・･()（）/／]")
_DIGITS: Final = digit_table()
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


def _digit(sign: str) -> int:
    return int(_DIGITS[ord(sign)]) if ord(sign) < len(_DIGITS) else 255


def normal(value: str) -> str:
    """A value as it is compared: widths and cases equal, kanji digits as digits, without signs between."""
    plain = _SIGNS.sub("", fold(value))
    if plain and all(_digit(sign) < 10 for sign in plain):  # noqa: PLR2004 - a digit
        return "".join(str(_digit(sign)) for sign in plain)
    return plain


def _is_individual_number(kind: Kind, value: str) -> bool:
    """Whether a value is 個人番号, or would be one if it had been found as such: then nothing of it is kept."""
    if kind in NEVER_SHOWN:
        return True
    digits = "".join(sign for sign in normal(value[:_LONGEST_NUMBER]) if sign.isdigit())
    return len(value) <= _LONGEST_NUMBER and my_number(digits)


def excerpt(kind: Kind, value: str) -> str:
    """A value with nearly all of it hidden: signs stay, of letters and digits a few at the ends. Empty for 個人番号."""
    if _is_individual_number(kind, value):
        return ""
    if kind in _OPEN:
        return value[:_LONGEST_EXCERPT]
    if kind is Kind.EMAIL:
        return _mail(value)
    signs = [place for place, sign in enumerate(value) if not _SIGNS.match(sign)]
    head, tail = _HEADS.get(kind, 0), _TAILS.get(kind, 0)
    if len(signs) <= 2 * (head + tail):
        head = 0
    if len(signs) < max(_SHORTEST, 3 * tail):
        tail = 0
    shown = set(signs[:head]) | set(signs[len(signs) - tail :] if tail else [])
    masked = "".join(sign if place in shown or _SIGNS.match(sign) else _HIDDEN for place, sign in enumerate(value))
    if kind is Kind.SECRET or len(masked) > _LONGEST_EXCERPT:
        return _HIDDEN * 8
    return masked


def _mail(value: str) -> str:
    local, at, domain = re.split("([@＠﹫])", value, maxsplit=1)
    labels = re.split("([.．])", domain)
    hidden = "".join(part if part in ".．" or place == len(labels) - 1 else _HIDDEN * 3 for place, part in enumerate(labels))
    return f"{local[:1] if len(local) > 2 else ''}{_HIDDEN * 3}{at}{hidden}"  # noqa: PLR2004 - shorter ones would be whole


def fingerprint(kind: Kind, value: str, key: bytes) -> str:
    """A keyed fingerprint (BLAKE2b, 16 bytes, hexadecimal): the same for the same value, however it is written.

    Empty without a key, for 個人番号 and for markings (which are no secret).
    """
    if not key or kind in _OPEN or _is_individual_number(kind, value):
        return ""
    kept = value if kind is Kind.SECRET else normal(value)
    material = f"{kind.label}\0{kept}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(
        material, key=hashlib.blake2b(key, digest_size=32).digest(), digest_size=16, person=b"leakscan"
    ).hexdigest()
