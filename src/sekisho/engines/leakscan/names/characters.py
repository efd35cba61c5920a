"""One spelling for each character, without changing how many there are, so that every place is a place in the original.

Full-width letters and digits become ASCII, half-width katakana full-width (its separate voicing marks are left out, with a map
of the places), variants of kanji in names (髙, 﨑, 邉) the common form.
"""
# ruff: noqa: PLR2004 - rules over few characters; numbers are weights, lengths and classes of characters.py

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np

__all__ = ["categories", "codes_of", "members", "normalise_word", "normalise_words"]

# Categories of characters, as the segmentation groups them.
DEFAULT, KANJI, HIRAGANA, KATAKANA, ALPHA, NUMERIC, SYMBOL, KANJI_NUMERAL, SPACE, LINE_END = range(10)

VARIANTS: Final = {
    "髙": "高", "﨑": "崎", "嵜": "崎", "碕": "崎", "邉": "辺", "邊": "辺", "濵": "浜", "濱": "浜", "齋": "斎", "齊": "斉",
    "澤": "沢", "嶋": "島", "嶌": "島", "廣": "広", "櫻": "桜", "國": "国", "眞": "真", "惠": "恵", "榮": "栄", "條": "条",
    "德": "徳", "瀨": "瀬", "黑": "黒", "淸": "清", "橫": "横", "神": "神", "福": "福", "祐": "祐", "晴": "晴", "隆": "隆",
    "豐": "豊", "龍": "竜", "瀧": "滝", "圓": "円", "應": "応", "櫛": "櫛", "藪": "薮", "槇": "槙", "萬": "万", "與": "与",
    "壽": "寿", "冨": "富", "峯": "峰", "舘": "館", "塚": "塚", "柗": "松", "栁": "柳", "桒": "桑", "曻": "昇", "彥": "彦",
    "𠮷": "吉", "𣘺": "橋", "𡈽": "土", "𠮟": "叱", "𡌛": "堀", "𣳾": "泰", "禮": "礼", "增": "増", "靑": "青", "曾": "曽",
    "絲": "糸", "關": "関", "當": "当", "會": "会", "實": "実", "將": "将", "聰": "聡", "賴": "頼", "龜": "亀", "勳": "勲",
    "ヵ": "カ", "ヶ": "ケ",
}  # fmt: skip
HALF: Final = "｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ"
FULL: Final = (
    "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"
)
VOICED: Final = dict(zip("カキクケコサシスセソタチツテトハヒフヘホウ", "ガギグゲゴザジズゼゾダヂヅデドバビブベボヴ", strict=True))
SEMI_VOICED: Final = dict(zip("ハヒフヘホ", "パピプペポ", strict=True))
VOICING, SEMI_VOICING = 0xFF9E, 0xFF9F
OTHER_KANJI: Final = 0x3404  # stands for each kanji beyond 16 bits that has no common form
BEYOND: Final = 0xFFFD


def _is_kanji(code: int) -> bool:
    return 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or code in {0x3005, 0x3006, 0x3007}


@cache
def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Common form, voiced form and semi-voiced form of each 16-bit character."""
    common = np.arange(65536, dtype=np.uint16)
    common[0xFF01:0xFF5F] = np.arange(0x21, 0x7F)
    common[[ord(c) for c in HALF]] = [ord(c) for c in FULL]
    for variant, form in VARIANTS.items():
        if ord(variant) < 65536:
            common[ord(variant)] = ord(form)
    common[[0x00A0, 0x2003, 0x2002, 0x2009]] = 0x20
    common[[0xFFE5, 0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212]] = [0xA5, *[0x2D] * 7]
    voiced, semi = common.copy(), common.copy()
    for table, forms in ((voiced, VOICED), (semi, SEMI_VOICED)):
        for plain, form in forms.items():
            table[ord(plain)] = ord(form)
    return common, voiced, semi


@cache
def categories() -> np.ndarray:
    """The category of each 16-bit character, after :func:`codes_of`."""
    table = np.full(65536, DEFAULT, np.uint8)
    table[0x21:0x7F] = SYMBOL
    table[0x3000:0x3040] = SYMBOL
    table[0x2000:0x2700] = SYMBOL
    table[[i for i in range(65536) if _is_kanji(i)]] = KANJI
    table[[ord(c) for c in "〇一二三四五六七八九十百千万億兆"]] = KANJI_NUMERAL
    table[0x3041:0x3097] = HIRAGANA
    table[0x30A1:0x30FB] = KATAKANA
    table[[0x30FC, 0x30FD, 0x30FE]] = KATAKANA
    table[[*range(0x41, 0x5B), *range(0x61, 0x7B), *range(0xC0, 0x250)]] = ALPHA
    table[0x30:0x3A] = NUMERIC
    table[[0x20, 0x3000]] = SPACE
    table[[0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029]] = LINE_END
    return table


@cache
def members(letters: str) -> np.ndarray:
    """For each 16-bit character whether it is one of these."""
    table = np.zeros(65536, bool)
    table[[ord(letter) for letter in letters]] = True
    return table


def codes_of(text: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Normalised 16-bit codes of a text, and the place of each in it (None: each stands at its own place)."""
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), np.uint8).astype(np.uint16), None
    name = "utf-32-le" if sys.byteorder == "little" else "utf-32-be"
    wide = np.frombuffer(text.encode(name, "surrogatepass"), np.uint32)
    codes = np.minimum(wide, BEYOND).astype(np.uint16)
    if len(wide) and int(wide.max()) > 0xFFFF:
        for place in np.flatnonzero(wide > 0xFFFF).tolist():
            code = int(wide[place])
            form = VARIANTS.get(chr(code))
            codes[place] = ord(form) if form else OTHER_KANJI if 0x20000 <= code <= 0x3FFFF else BEYOND
    common, voiced, semi = _tables()
    marks = (codes == VOICING) | (codes == SEMI_VOICING)
    if not marks.any():
        return common[codes], None
    marks[0] = False
    result = common[codes]
    for mark, table in ((VOICING, voiced), (SEMI_VOICING, semi)):
        before = np.flatnonzero(marks & (codes == mark)) - 1
        result[before] = table[result[before]]
    places = np.flatnonzero(~marks)
    return result[places], places


def normalise_word(word: str) -> str:
    """A word as the texts are normalised."""
    codes, _ = codes_of(word)
    return codes.astype("<u2").tobytes().decode("utf-16-le", "replace")


def normalise_words(words: Sequence[str]) -> list[str]:
    """Words as the texts are normalised, all at once; they must not contain line ends."""
    return normalise_word("\n".join(words)).split("\n")
