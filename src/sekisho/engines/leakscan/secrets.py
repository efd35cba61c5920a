"""Secrets and keys: tokens with a known form, private keys, what is assigned to a password, credentials within a locator.

Forms of tokens are those that their issuers publish for secret scanning. A value that stands for one (``${PASSWORD}``, ``****``,
``os.environ[…]``) is none; what a name like ``token`` gets must look random enough.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

import numpy as np

from sekisho.engines.leakscan.kinds import Kind, Reason
from sekisho.engines.leakscan.rows import COLUMNS, EMPTY, Part
from sekisho.engines.leakscan.sweep import Places
from sekisho.engines.leakscan.words import LOCATOR, NAME, TOKEN, Words

__all__ = ["bits_per_sign", "find_secrets"]

_TOKEN: Final = re.compile(
    r"(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])"
    r"|gh[pousr]_[0-9A-Za-z]{36,255}"
    r"|github_pat_[0-9A-Za-z_]{40,255}"
    r"|glpat-[0-9A-Za-z_-]{20,64}"
    r"|xox[abprs]-[0-9A-Za-z-]{10,250}"
    r"|xapp-[0-9]-[0-9A-Za-z-]{20,200}"
    r"|AIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])"
    r"|ya29\.[0-9A-Za-z_-]{20,500}"
    r"|[srp]k_(?:live|test)_[0-9A-Za-z]{16,247}"
    r"|whsec_[0-9A-Za-z+/=]{24,100}"
    r"|sk-(?:proj-|ant-|svcacct-|or-)?[0-9A-Za-z_-]{20,250}"
    r"|npm_[0-9A-Za-z]{36}(?![0-9A-Za-z])"
    r"|pypi-[0-9A-Za-z_-]{50,500}"
    r"|hooks\.slack\.com/services/[0-9A-Za-z/]{20,120}"
    r"|dop_v1_[0-9a-f]{64}"
    r"|hvs\.[0-9A-Za-z_-]{24,300}"
    r"|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"
    r"|sq0(?:csp|atp)-[0-9A-Za-z_-]{22,60}"
    r"|GOCSPX-[0-9A-Za-z_-]{20,60}"
    r"|dckr_pat_[0-9A-Za-z_-]{20,60}"
    r"|hf_[0-9A-Za-z]{30,60}"
    r"|lin_api_[0-9A-Za-z]{32,60}"
    r"|sntrys_[0-9A-Za-z+/=_-]{40,300}"
    r"|NRAK-[0-9A-Z]{27}"
    r"|figd_[0-9A-Za-z_-]{30,60}"
    r"|ATATT3[0-9A-Za-z_=-]{50,300}"
    r"|eyJ[0-9A-Za-z_-]{8,4000}\.eyJ[0-9A-Za-z_-]{8,4000}\.[0-9A-Za-z_-]{10,1000}"
    r"|sig=[0-9A-Za-z%+/]{32,120}={0,2}"
)
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END: Final = re.compile(r"-----END (?:[A-Z0-9]{1,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----")
_KEY_REACH: Final = 8_000
_ASSIGNED: Final = re.compile(
    r"[\"'\])）]?[0-9A-Za-z_-]{0,20}[\"'\])）]?[ \t\u3000]{0,3}(?::=|=>|[:=：＝は]|is(?= )|→)(?!=)[ \t\u3000]{0,3}"
    r"(?:(?:[rbuf]|SecretStr\()?(?P<quote>[\"'`])(?P<quoted>[^\"'`\n]{1,200})(?P=quote)"
    r"|[「『【]?(?P<bare>[!-~]{3,200}))"
)
_BEARER: Final = re.compile(r"[ \t]{1,3}(?P<bare>[0-9A-Za-z._~+/-]{16,2000}={0,2})")
_BASIC: Final = re.compile(r"[\"']?[ \t]?[:=][ \t]?[\"']?[Bb]asic[ \t]{1,2}(?P<bare>[0-9A-Za-z+/]{8,400}={0,2})")
_IDENTIFIED: Final = re.compile(r"[ \t]{1,3}(?P<quote>['\"])(?P<quoted>[^'\"\n]{1,100})(?P=quote)")
_LOCATOR: Final = re.compile(r"(?P<user>[!-.0-9;-?A-~]{0,64}):(?P<bare>[!-.0-9:-?A-~]{1,128})@[0-9A-Za-z\[]")
_BY_NAME: Final = {"bearer": _BEARER, "authorization": _BASIC, "identified by": _IDENTIFIED}
_ENDS: Final = re.compile(r"[,;、。」』】）)&<>\"'`\]}|\\]")
_STANDS_FOR: Final = re.compile(
    r"[*xX・●.\-_]+$|[<\[{(%$#].*|.*(?:\$\{|\{\{|<%|%\().*|(?:null|none|nil|undefined|true|false|yes|no|string|str|text|required"
    r"|optional|changeit|redacted|masked|hidden|omitted|placeholder|dummy|sample|example|todo|tbd|n/?a|password|passwd|secret|token"
    r"|username|user|your.*|my-?password"
    r"|[a-z_.]*(?:environ|getenv|process\.env|config|settings|request|self|args|params|props|input|field|form|this)\b.*)$",
    re.IGNORECASE | re.ASCII,
)
_CODE: Final = re.compile(r"[A-Za-z_][\w.]*[(\[]", re.ASCII)
_SHORT_NAMES: Final = frozenset({"pass", "pw", "pin", "credential", "credentials"})
_RANDOM_NAMES: Final = frozenset({
    "token", "secret", "access_token", "accesstoken", "auth_token", "authtoken", "api_key", "apikey", "api-key", "x-api-key",
    "apiキー", "アクセストークン", "access_key", "accesskey", "アクセスキー",
})  # fmt: skip
_DIGITS_NAMES: Final = frozenset({"暗証番号", "pin"})
_RANDOM_LENGTH, _RANDOM_BITS, _LEAST = 12, 2.8, 4
_LONG_NUMBER, _LONG_WORD = 8, 6


def bits_per_sign(value: str) -> float:
    """Shannon's entropy of the characters of a value, in bits for each."""
    return -sum(count / len(value) * math.log2(count / len(value)) for count in Counter(value).values()) if value else 0.0


def _mixed(value: str) -> int:
    """How many sorts of characters a value has: small, capital letters, digits, signs."""
    return sum(
        any(test(sign) for sign in value) for test in (str.islower, str.isupper, str.isdigit, lambda sign: not sign.isalnum())
    )


def _judged(name: str, value: str, *, quoted: bool) -> float:
    """How sure a value that is given to a name is a secret."""
    if len(value) < _LEAST or _STANDS_FOR.match(value) or (not quoted and _CODE.match(value)):
        return 0.0
    if value.isdigit():
        return 0.78 if name in _DIGITS_NAMES or len(value) >= _LONG_NUMBER else 0.55 if name not in _RANDOM_NAMES else 0.0
    sorts = _mixed(value)
    if name in _DIGITS_NAMES or (name in _SHORT_NAMES and sorts == 1):
        return 0.0
    if name in _RANDOM_NAMES:
        return 0.86 if len(value) >= _RANDOM_LENGTH and bits_per_sign(value) >= _RANDOM_BITS and sorts > 1 else 0.0
    if len(value) >= _LONG_WORD and sorts > 1:
        return 0.88 if any(sign.isdigit() for sign in value) else 0.66
    return 0.58 if quoted and len(value) >= _LONG_WORD else 0.3


def _given(text: str, end: int, name: str, start: int) -> tuple[int, int, float] | None:
    """The value that is given to a name which ends at ``end``: its start, its end and how sure it is."""
    pattern = _BY_NAME.get(name, _ASSIGNED)
    found = pattern.match(text, end)
    if found is None:
        return None
    quoted = "quoted" in pattern.groupindex and found.group("quoted") is not None
    first, last = found.span("quoted" if quoted else "bare")
    if not quoted and pattern is _ASSIGNED:
        cut = _ENDS.search(text, first, last)
        last = cut.start() if cut else last
    if name in _SHORT_NAMES and start and text[start - 1].isascii() and text[start - 1].isalpha():
        return None
    if pattern is not _ASSIGNED:
        return first, last, 0.9
    return first, last, _judged(name, text[first:last], quoted=quoted)


def _token(text: str, start: int) -> tuple[int, int, float, Reason] | None:
    if start and text[start - 1].isascii() and text[start - 1].isalnum():
        return None
    key = _PRIVATE_KEY.match(text, start)
    if key:
        end = _KEY_END.search(text, key.end(), key.end() + _KEY_REACH)
        return start, end.end() if end else key.end(), 0.99, Reason.PREFIX
    found = _TOKEN.match(text, start)
    if found is None or bits_per_sign(found.group()) < _RANDOM_BITS:
        return None
    return start, found.end(), 0.97, Reason.PREFIX | Reason.RANDOMNESS


def _locator(text: str, end: int) -> tuple[int, int, float, Reason] | None:
    found = _LOCATOR.match(text, end)
    if found is None or (_STANDS_FOR.match(found.group("bare")) and found.group("bare").lower() not in {"password", "secret"}):
        return None
    first, last = found.span("bare")
    return first, last, 0.6 if found.group("bare").lower() in {"password", "secret"} else 0.94, Reason.LOCATOR


def find_secrets(text: str, places: Places, words: Words) -> Part:
    """All secrets, rows as of numbers; only around the words of the list of anchors."""
    flags = places.flags
    chosen = np.flatnonzero(flags & (TOKEN | NAME | LOCATOR))
    if not len(chosen):
        return EMPTY
    rows: list[tuple[int, ...]] = []
    scores: list[float] = []
    for index in chosen.tolist():
        number, end = int(places.word[index]), int(places.word_at[index]) + 1
        start = end - int(words.length[number])
        found: tuple[int, int, float, Reason] | None = None
        if flags[index] & TOKEN:
            found = _token(text, start)
        if found is None and flags[index] & LOCATOR:
            found = _locator(text, end)
        if found is None and flags[index] & NAME:
            given = _given(text, end, words.texts[number], start)
            found = (*given, Reason.ASSIGNMENT) if given else None
        if found is None or found[2] == 0:
            continue
        rows.append((int(Kind.SECRET), found[0], found[1], int(found[3]), number if found[3] & Reason.ASSIGNMENT else 0, 0, 0))
        scores.append(found[2])
    return np.array(rows, dtype=np.int32).reshape(-1, COLUMNS), np.array(scores, dtype=np.float32)
