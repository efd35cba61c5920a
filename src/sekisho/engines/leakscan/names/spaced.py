"""Names with a space between all characters, as forms and lists of members have them: 山 田 太 郎."""
# ruff: noqa: PLR2004 - rules over few characters; numbers are weights and lengths

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sekisho.engines.leakscan.names.contexts import SPACES, Contexts
from sekisho.engines.leakscan.names.findings import Finding, Why
from sekisho.engines.leakscan.names.lookup import Known, katakana_of

__all__ = ["spaced_out", "spaced_titles"]

KANJI: Final = r"[\u3400-\u9fff々]"
SPACED_OUT: Final = re.compile(
    rf"(?<![\u3400-\u9fff々])(?:{KANJI}|{KANJI}{{2,3}}(?=[ \u3000]{KANJI}[ \u3000]{KANJI}(?!{KANJI})))"
    rf"(?:[ \u3000]{{1,3}}{KANJI}(?!{KANJI})){{2,9}}(?:[ \u3000]?[ぁ-ん]{{2,3}}(?![ぁ-ん])|[ \u3000]{KANJI}{{2,3}}(?!{KANJI}))?"
    rf"|(?<![\u3400-\u9fff々]){KANJI} {KANJI} (?:{KANJI}{{2,3}}|[ぁ-ん]{{2,4}})(?![\u3400-\u9fff々ぁ-ん])"
)
PIVOT: Final = re.compile(rf"[ \u3000]{KANJI}(?!{KANJI})")
SPACED_TITLE: Final = re.compile(
    rf"(?<!{KANJI}){KANJI}(?:[ \u3000]{{4,6}}{KANJI}(?!{KANJI})|(?:[ \u3000]{{1,3}}{KANJI}(?!{KANJI})){{1,7}})"
)
HONORIFICS: Final = frozenset("君氏様殿")
LONGEST_TITLE: Final = 9
LONGEST_NAME: Final = 7
COMMON_SURNAME: Final = 5_000


class SpacedOut:
    """The rules over one text."""

    def __init__(self, text: str, known: Known, contexts: Contexts) -> None:
        self.text = text
        self.known = known
        self.contexts = contexts

    def all(self) -> list[Finding]:
        """Every finding, from left to right, without overlaps."""
        found: list[Finding] = []
        for start, end in spaced_lines(self.text):
            for match in SPACED_OUT.finditer(self.text, start, end):
                found.extend(self.run(match.start(), match.end()))
        return found

    def run(self, start: int, end: int) -> list[Finding]:
        """The names of one run of letters with spaces between; titles among them are stepped over."""
        found: list[Finding] = []
        places = [i for i in range(start, end) if self.text[i] not in SPACES]
        letters = "".join(self.text[i] for i in places)
        if letters[-1] in HONORIFICS and len(letters) > 3:
            letters = letters[:-1]
        at = 0
        while at < len(letters):
            title = title_size(letters, at, self.contexts)
            if title:
                at += title
                continue
            size, score = self.split(letters[at : at + LONGEST_NAME], last=len(letters) - at <= LONGEST_NAME)
            pair = letters[at : at + 2]
            common = pair in self.known.common_words and self.known.surnames.get(pair, 0) < COMMON_SURNAME
            if common and size < len(letters) - at:
                at += 2
                continue
            if size:
                why = Why.SURNAME | Why.GIVEN_NAME | Why.SPACED
                found.append(Finding("person_name", places[at], places[at + size - 1] + 1, score, why))
            at += size or 1
        return found

    def given(self, letters: str) -> int:
        """The weight of a given name, in kanji or in kana."""
        return self.known.given.get(letters, 0) or (
            self.known.given_kana.get(katakana_of(letters), 0) if len(letters) > 1 and "ぁ" <= letters[0] <= "ん" else 0
        )

    def split(self, letters: str, *, last: bool) -> tuple[int, float]:
        """How many of the letters make up the likeliest full name that begins with the first, and its score.

        A name that fills the rest of a run is taken before a shorter one.
        """
        best, best_size = 0.0, 0
        whole = len(letters)
        for cut in range(1, 4):
            surname = self.known.surnames.get(letters[:cut], 0)
            for end in range(max(3, cut + 1), min(cut + 3, whole) + 1) if surname else ():
                given = self.given(letters[cut:end])
                if not given and end == whole and last and end >= 4 and all(c in self.known.given_letters for c in letters[cut:]):
                    given = 1
                filled = 1_000 if end == whole and last else 1
                value = min(surname, 100_000) * given * filled * (2 if end == 4 else 1) / (20 if given and cut == 1 else 1)
                if value > best:
                    best, best_size = value, end
        if not best_size and last and 4 <= whole <= 5 and self.given(letters[-2:]) and letters[0] in self.known.surname_letters:
            return whole, 0.65  # a surname that no list has
        return best_size, 0.8


def spaced_lines(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of the lines with a single kanji between spaces; quick, since spaces are rare in Japanese."""
    end = -1
    for pivot in PIVOT.finditer(text):
        if pivot.start() > end:
            end = text.find("\n", pivot.start())
            end = len(text) if end < 0 else end
            yield text.rfind("\n", 0, pivot.start()) + 1, end


def spaced_out(text: str, titles: list[tuple[int, int]], known: Known, contexts: Contexts) -> list[Finding]:
    """Names with spaces between their letters, in places of the text; ``titles`` are those of :func:`spaced_titles`."""
    pieces, at = [], 0
    for start, end in titles:
        pieces += [text[at:start], "|" * (end - start)]
        at = end
    return SpacedOut("".join([*pieces, text[at:]]), known, contexts).all()


def spaced_titles(text: str, contexts: Contexts) -> list[tuple[int, int]]:
    """Titles and labels with spaces between their letters: 町     長, 教 育 長."""
    found: list[tuple[int, int]] = []
    for match in (m for start, end in spaced_lines(text) for m in SPACED_TITLE.finditer(text, start, end)):
        places = [i for i in range(match.start(), match.end()) if text[i] not in SPACES]
        letters = "".join(text[i] for i in places)
        size = title_size(letters, 0, contexts)
        if size:
            found.append((places[0], places[size - 1] + 1))
    return found


def title_size(letters: str, at: int, contexts: Contexts) -> int:
    """How many letters from a place on are a title or a label: 教育長, 会計管理者, 税務課長."""
    for width in range(min(LONGEST_TITLE, len(letters) - at), 1, -1):
        word = letters[at : at + width]
        if (
            word in contexts.after
            or word in contexts.before
            or (3 < width <= 6 and word.endswith(("部長", "課長", "局長", "室長")))
        ):
            return width
    return 0
