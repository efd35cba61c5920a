"""Text in the picture: cleaned, measured by full and half width, wrapped for Japanese. And the words of the notation."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from sekisho.standards import texts

__all__ = ["balanced", "clean", "high", "marks", "say", "width", "wrap"]

# What no XML document may hold, line ends, and the invisible controls that reverse the direction of writing.
_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_SPACES = re.compile(r"\s+")
_ZERO: Final = frozenset({"Mn", "Me", "Cf"})
NOT_FIRST: Final = frozenset("、。，．・：；？！）」』】〕》〉］｝ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々…,.:;?!)]}%％")
NOT_LAST: Final = frozenset("（「『【〔《〈［｛([{")
NARROW: Final = frozenset("iljI.,:;'|!()[]{}` ")
WIDE: Final = frozenset("MWmw@%&—…")
BOLD: Final = 1.06
FIRST_MARK: Final = 0x2460  # ①
MARKS: Final = 20
CARRIED: Final = 3
_GRADE = re.compile(
    r"(?:自治体)?(?:機密性|confidentiality|mc|c|m)?\s*[-_]?\s*(?:[3-9][A-Z]?)(?:情報)?|high|高|高位|秘|極秘|機密", re.IGNORECASE
)


def clean(text: str) -> str:
    """``text`` on one line; characters that no picture may hold are shown as U+FFFD."""
    return _FORBIDDEN.sub("�", _SPACES.sub(" ", text)).strip()


def say(name: str, language: str, /, **fields: object) -> str:
    """A word of the notation (``diagram.<name>``)."""
    return texts.render(f"diagram.{name}", fields, language)


def high(grade: str) -> bool:
    """Whether a grade of confidentiality is a high one: 「3」, 「3A」, 「機密性3」, 「high」."""
    return bool(_GRADE.fullmatch(unicodedata.normalize("NFKC", grade).strip()))


def marks(number: int) -> str:
    """The mark of the n-th information: ① to ⑳, then (21)."""
    return chr(FIRST_MARK + number - 1) if number <= MARKS else f"({number})"


@cache
def _em(character: str) -> float:
    """Width of a character in em, on the safe side for the Gothic faces that we name."""
    if unicodedata.category(character) in _ZERO:
        return 0.0
    if character > "\uffff":
        return 1.3
    if unicodedata.east_asian_width(character) in "WFA":
        return 1.0
    if character in NARROW:
        return 0.36
    if character in WIDE or ord(character) > 0x24F:  # noqa: PLR2004 - beyond Latin the faces differ: count it whole
        return 1.0
    return 0.7 if character.isupper() else 0.6


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How far ``text`` runs at this type size (units of the picture)."""
    return sum(_em(c) for c in text) * size * (BOLD if bold else 1.0)


def _tokens(text: str) -> list[str]:
    """Where a line may break: between Japanese characters, after a space; Latin words stay whole."""
    return re.findall(r"【[^【】]{1,8}】|[!-~\u00a1-\u024f]+ ?|.", text)


def wrap(text: str, room: float, size: float, *, lines: int, bold: bool = False) -> list[str]:
    """``text`` in at most ``lines`` lines no wider than ``room``; what does not fit ends in 「…」.

    No line begins with a closing bracket or a small kana, none ends with an opening bracket.
    """
    out: list[str] = []
    current = ""
    for token in _pieces(_tokens(clean(text)), room, size, bold=bold):
        if current and width(current + token.rstrip(), size, bold=bold) > room:
            carried = ""
            if token[0] in NOT_FIRST or current[-1] in NOT_LAST:
                # The last characters go to the new line together with what may not begin it.
                while len(current) > 1 and len(carried) < CARRIED and (not carried or _unfit(current, carried)):
                    current, carried = current[:-1], current[-1] + carried
            out.append(current.rstrip())
            current = carried
            if current and width(current + token.rstrip(), size, bold=bold) > room:
                out.append(current.rstrip())
                current = ""
        current += token
    if current.strip():
        out.append(current.rstrip())
    if len(out) > lines:
        last = out[lines - 1]
        while last and width(last + "…", size, bold=bold) > room:
            last = last[:-1]
        out = [*out[: lines - 1], last + "…"]
    return out


def _unfit(before: str, after: str) -> bool:
    """Whether no line may end after ``before`` and begin with ``after``."""
    return after[0] in NOT_FIRST or before[-1] in NOT_LAST


def balanced(text: str, room: float, size: float, *, lines: int, bold: bool = False) -> list[str]:
    """As :func:`wrap`, in lines of about the same length: no last line of one character."""
    wide = wrap(text, room, size, lines=lines, bold=bold)
    if len(wide) < 2 or wide[-1].endswith("…"):  # noqa: PLR2004 - one line needs no balance
        return wide
    text = clean(text)
    if len(wide) == 2:  # noqa: PLR2004 - one break
        # Before a bracket or after a space is where a reader would break.
        for place in (n for n, c in enumerate(text) if n and (c in "（(" or text[n - 1] in " ・")):
            pair = [text[:place].strip(), text[place:].strip()]
            if all(pair) and all(width(part, size, bold=bold) <= room for part in pair):
                return pair
    best = wide
    for share in (0.92, 0.84, 0.76, 0.68, 0.6):
        tried = wrap(text, room * share, size, lines=lines + 1, bold=bold)
        if len(tried) != len(wide):
            break
        best = tried
    return best


def _pieces(tokens: list[str], room: float, size: float, *, bold: bool) -> list[str]:
    """The tokens, those longer than a line cut to characters."""
    out: list[str] = []
    for token in tokens:
        out += list(token) if width(token.rstrip(), size, bold=bold) > room else [token]
    return out
