"""How catalogues look on a page: pure functions from rows to what templates print. Also what the API gives of a requirement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sekisho.records.catalog.reference import label
from sekisho.records.catalog.rules import normalise
from sekisho.standards.model import SUBJECT_KINDS

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping, Sequence

    from sekisho.records.catalog.models import Catalog, Overlay, Requirement

__all__ = [
    "Filters",
    "Node",
    "Section",
    "attribute_rows",
    "choices",
    "correctable",
    "corrected",
    "has_guide",
    "is_heading",
    "localise",
    "outline",
    "overlay_lines",
    "subject_kinds",
    "unverified",
    "verified_of",
]

_KINDS: Final = {"information_system": "system", "information_asset": "asset"}
_ALIASES: Final = {
    "title": ("title_ja", "title", "id_and_title", "all"),
    "title_en": ("title_en", "id_and_title_en", "id_and_title", "title", "all"),
}
NOT_CHECKED: Final = frozenset({"memory"})


def localise(value: Any, language: str) -> Any:
    """Every ``{ja, en}`` within ``value`` as one string of the reader's language."""
    if isinstance(value, dict):
        if isinstance(value.get("ja"), str) and isinstance(value.get("en"), str):
            return value["en" if language.startswith("en") else "ja"]
        return {key: localise(one, language) for key, one in value.items()}
    if isinstance(value, list):
        return [localise(one, language) for one in value]
    return value


def is_heading(row: Requirement) -> bool:
    """A heading of the catalogue: never judged, and with no page of its own."""
    return bool(row.attributes.get("heading"))


def has_guide(row: Requirement) -> bool:
    """Whether the 松竹梅 of this requirement are written."""
    return bool(row.levels)


def unverified(row: Requirement) -> bool:
    """Whether any field was not checked against the original."""
    return not NOT_CHECKED.isdisjoint(row.verified.values())


def verified_of(row: Requirement, name: str) -> str:
    """How the fact ``name`` of a requirement was checked; empty when nothing is said of it."""
    return next((row.verified[key] for key in _ALIASES.get(name, (name, "all")) if key in row.verified), "")


def subject_kinds(row: Requirement, language: str) -> list[str]:
    """On what kinds of Subject it is judged, in words."""
    return [SUBJECT_KINDS[key].get(language) for kind in row.applies_to if (key := _KINDS.get(kind, kind)) in SUBJECT_KINDS]


def corrected(row: Requirement, name: str, overlays: Sequence[Overlay], language: str) -> tuple[str, Overlay | None]:
    """The text of ``name`` ("title", "summary", "note", …) as corrected, with the correction; the nearest organisation's wins."""
    keys = [f"{name}_en", name] if language.startswith("en") else [name]
    for key in keys:
        for overlay in reversed(overlays):
            if key in overlay.fields:
                return str(overlay.fields[key]), overlay
        english: Any = getattr(row, key, None) if key.endswith("_en") else None
        if english:
            return str(english), None
    value: Any = getattr(row, name, None)
    return str(value or ""), None


def choices(catalog: Catalog, language: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The attributes that a catalogue can be filtered by: (key, title, [(value, label)])."""
    titles = catalog.source.get("attribute_titles", {})
    vocabulary = catalog.source.get("vocabulary", {})
    return [
        (
            key,
            str(localise(titles.get(key, key), language)),
            [(value, str(localise(text, language))) for value, text in values.items()],
        )
        for key, values in vocabulary.items()
    ]


def attribute_rows(catalog: Catalog, row: Requirement, language: str) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    """(key, title, [(value, label)], how it was checked) of each attribute of a requirement, in the catalogue's order."""
    titles = catalog.source.get("attribute_titles", {})
    vocabulary = catalog.source.get("vocabulary", {})
    found = []
    for key, values in row.attributes.get("values", {}).items():
        labels = vocabulary.get(key, {})
        pairs = [(value, str(localise(labels.get(value, value), language))) for value in values]
        found.append((key, str(localise(titles.get(key, key), language)), pairs, verified_of(row, key)))
    return found


# ----------------------------------------------------------------------------------------------------------- the tree


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader wants to see of a catalogue; empty means everything."""

    words: str = ""
    theme: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    new: bool = False
    unverified: bool = False
    guide: bool = False
    corrected: bool = False

    @property
    def any(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.words or self.theme or self.attributes or self.new or self.unverified or self.guide or self.corrected)

    def keeps(self, row: Requirement, corrected_refs: Iterable[str]) -> bool:
        """Whether a requirement is wanted."""
        values = row.attributes.get("values", {})
        return (
            (not self.theme or row.theme == self.theme)
            and (not self.new or row.is_new)
            and (not self.unverified or unverified(row))
            and (not self.guide or has_guide(row))
            and (not self.corrected or row.ref in corrected_refs)
            and all(value in values.get(key, ()) for key, value in self.attributes.items())
            and all(word in row.search_text for word in normalise(self.words).split())
        )


@dataclass(frozen=True, slots=True)
class Node:
    """A line of the tree. ``depth`` counts from 0 within its section."""

    row: Requirement
    depth: int
    heading: bool


@dataclass(slots=True)
class Section:
    """A topmost heading with everything below it; ``heading`` None for what stands under no heading."""

    heading: Requirement | None
    nodes: list[Node] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many of its lines can be judged."""
        return sum(node.row.assessable for node in self.nodes)


def outline(rows: Sequence[Requirement], filters: Filters, corrected_refs: Iterable[str] = ()) -> list[Section]:
    """The tree in order, only with what is wanted and the headings above it."""
    refs = frozenset(corrected_refs)
    children: dict[uuid.UUID | None, list[Requirement]] = {}
    rows = [row for row in rows if row.unit or is_heading(row)]  # without a unit: no longer in the file
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    parents = {row.pk: row.parent_id for row in rows}
    wanted: set[uuid.UUID | None] = set()
    for row in rows:
        if filters.any and (is_heading(row) or not filters.keeps(row, refs)):
            continue
        at: uuid.UUID | None = row.pk
        while at is not None and at not in wanted:
            wanted.add(at)
            at = parents.get(at)
    sections: list[Section] = []
    loose = False
    for top in children.get(None, ()):
        if top.pk not in wanted:
            continue
        titled = is_heading(top) or (not top.assessable and top.pk in children)
        if titled or not loose:
            sections.append(Section(top if titled else None))
        loose = not titled
        stack = [(child, 0) for child in reversed(children.get(top.pk, ()))] if titled else [(top, 0)]
        while stack:
            row, depth = stack.pop()
            if row.pk not in wanted:
                continue
            sections[-1].nodes.append(Node(row, min(depth, 6), is_heading(row)))
            stack.extend((child, depth + 1) for child in reversed(children.get(row.pk, ())))
    return sections


def correctable(row: Requirement, overlays: Sequence[Overlay]) -> dict[str, str]:
    """The texts that an organisation may correct, as they hold without its own correction."""
    responsible = "、".join(text["ja"] for text in row.attributes.get("responsible", ()))
    note = row.attributes.get("note") or {}
    values = {
        "title": row.title,
        "title_en": row.title_en,
        "summary": row.summary,
        "summary_en": row.summary_en,
        "responsible": responsible,
        "note": note.get("ja", ""),
    }
    for overlay in overlays:
        values.update(overlay.fields)
    return values


def overlay_lines(overlay: Overlay, language: str) -> list[tuple[str, str]]:
    """(heading, corrected text) of a correction."""
    english = {"title_en": "title", "summary_en": "summary"}
    tail = {"ja": "（英語）", "en": " (English)"}["en" if language.startswith("en") else "ja"]
    return [
        (label(english.get(name, name), language) + (tail if name in english else ""), str(value))
        for name, value in overlay.fields.items()
    ]
