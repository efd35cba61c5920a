"""Search over all catalogues and lists of facts.

Japanese has no word borders, so a word matches anywhere (「委託」 in 「業務委託」); full-width, half-width and letter case make
no difference (NFKC, case folding). Words separated by spaces must all occur.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sekisho.standards import catalog as data
from sekisho.standards.model import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.standards.model import Catalog, Requirement

__all__ = ["Hit", "normalise", "search", "search_catalog"]

_ID_EXACT, _ID_PREFIX, _TITLE_EXACT, _TITLE_START, _TITLE, _SUMMARY, _BODY = 100, 60, 50, 40, 30, 15, 5
# What is judged comes before what is only told about it.
_CATALOG_BONUS = 12
_MAX_QUERY = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found. ``kind`` is "catalog" or "facts", ``source`` the id of the catalogue or list, ``id`` the item's."""

    kind: str
    source: str
    id: str
    title: Text
    summary: str
    score: int

    def as_dict(self, lang: str) -> dict[str, Any]:
        """The hit as plain JSON values, texts in ``lang``."""
        return {
            "kind": self.kind,
            "source": self.source,
            "id": self.id,
            "title": self.title.get(lang),
            "summary": self.summary,
            "score": self.score,
        }


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    source: str
    id: str
    title: Text
    summary_ja: str
    summary_en: str
    id_key: str
    titles: tuple[str, ...]
    summary_key: str
    body_key: str


def normalise(text: str) -> str:
    """Full-width and half-width made one, letter case dropped."""
    return unicodedata.normalize("NFKC", text).casefold()


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from _strings(child)
    elif isinstance(value, (list, tuple)):
        for child in value:
            yield from _strings(child)


def _requirement_entry(source: str, r: Requirement) -> _Entry:
    body = [*r.alternative_titles]
    for text in (*r.responsible, *r.evidence_examples, *((r.note,) if r.note else ())):
        body += [text.ja, text.en]
    for point in r.points:
        body += [point.title.ja, point.title.en, *((point.summary.ja, point.summary.en) if point.summary else ())]
    if r.levels:
        body += [text for level in r.levels.levels.values() for text in (level.description.ja, level.description.en)]
    return _Entry(
        kind="catalog",
        source=source,
        id=r.id,
        title=r.title,
        summary_ja=r.summary.ja,
        summary_en=r.summary.en,
        id_key=normalise(r.id),
        titles=(normalise(r.title.ja), normalise(r.title.en)),
        summary_key=normalise(f"{r.summary.ja}\n{r.summary.en}"),
        body_key=normalise("\n".join(body)),
    )


def _fact_entry(source: str, item: dict[str, Any], title: Text) -> _Entry:
    rest = {key: value for key, value in item.items() if key not in {"id", "title", "confidence", "verified"}}
    body = list(_strings(rest))
    summary = next((text for text in body if len(text) > len(title.ja)), "")
    return _Entry(
        kind="facts",
        source=source,
        id=str(item["id"]),
        title=title,
        summary_ja=summary,
        summary_en="",
        id_key=normalise(str(item["id"])),
        titles=(normalise(title.ja), normalise(title.en)),
        summary_key="",
        body_key=normalise("\n".join(body)),
    )


@cache
def _index() -> tuple[_Entry, ...]:
    found = [_requirement_entry(c.id, r) for c in data.catalogs().values() for r in c.requirements]
    for facts_id in data.facts_ids():
        for item in data.facts(facts_id).items:
            title = item["title"]
            found.append(_fact_entry(facts_id, item, Text(title["ja"], title["en"], title.get("translation"))))
    return tuple(found)


def _score(entry: _Entry, word: str) -> int:
    """How well one word fits; 0 when it does not occur."""
    if word == entry.id_key:
        return _ID_EXACT
    if entry.id_key.startswith(f"{word}."):
        return _ID_PREFIX
    best = 0
    for title in entry.titles:
        if title == word:
            best = max(best, _TITLE_EXACT)
        elif title.startswith(word):
            best = max(best, _TITLE_START)
        elif word in title:
            best = max(best, _TITLE)
    if best:
        return best
    if word in entry.summary_key:
        return _SUMMARY
    return _BODY if word in entry.body_key else 0


def _find(entries: Iterable[_Entry], query: str, lang: str) -> list[Hit]:
    words = normalise(query[:_MAX_QUERY]).split()
    if not words:
        return []
    hits = []
    for order, entry in enumerate(entries):
        scores = [_score(entry, word) for word in words]
        if all(scores):
            summary = entry.summary_en if lang.startswith("en") else entry.summary_ja
            total = sum(scores) + (_CATALOG_BONUS if entry.kind == "catalog" else 0)
            hits.append((-total, order, Hit(entry.kind, entry.source, entry.id, entry.title, summary, total)))
    return [hit for _, _, hit in sorted(hits, key=lambda found: found[:2])]


def search(query: str, lang: str = "ja") -> list[Hit]:
    """What fits all words of ``query``, best first: id before title before summary before the rest.

    Both languages are searched whatever ``lang`` is; it only decides the summary. Only the first 200 characters count.
    """
    return _find(_index(), query, lang)


def search_catalog(catalog: Catalog, query: str, lang: str = "ja") -> list[Hit]:
    """The same within one catalogue that need not be one of ours (an import, an overlay)."""
    return _find((_requirement_entry(catalog.id, r) for r in catalog.requirements), query, lang)
