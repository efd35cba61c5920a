"""The 予定価格 is kept nowhere: what seems to hold it is recognised in every text that people write in this room."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["holds_estimate"]

_NUMERAL: Final = r"[0-9〇一二三四五六七八九十百千]"
# What the estimated price is called, then a figure in the same sentence: 「予定価格は金12,000,000円」, 「予定価格：1億2千万」.
_ESTIMATE: Final = re.compile(
    rf"(?:予定価格|設計価格|設計金額|最低制限価格|調査基準価格|積算(?:価格|額|金額))[^。\n]{{0,40}}?"
    rf"(?:{_NUMERAL}[0-9〇一二三四五六七八九十百千,.]*\s*(?:億|万|千?円)|[\\¥]\s*[0-9]|[0-9][0-9,]{{3,}})"
)
_ESTIMATE_EN: Final = re.compile(
    r"(?:estimated|reserve|ceiling|predetermined) price[^.\n]{0,40}?(?:(?:¥|jpy|yen)\s*[0-9]|[0-9][0-9,]{3,})"
)


def holds_estimate(text: str) -> bool:
    """Whether ``text`` seems to hold the 予定価格 or what leads to it: one of its names with a figure after it."""
    plain = unicodedata.normalize("NFKC", text)
    return bool(_ESTIMATE.search(plain) or _ESTIMATE_EN.search(plain.casefold()))
