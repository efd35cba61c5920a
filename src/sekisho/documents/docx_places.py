"""An organisation's own Word template, filled through its named places.

A place is a content control (its tag or title is the name), a bookmark, or a marker ``{{名前}}``; it may stand in the body, in
tables, headers, footers and notes. Short text keeps the formatting of the run that it replaces; a :class:`Fragment` brings whole
headings, paragraphs, lists and tables in the template's own styles. Controls and bookmarks stay, so that the office can fill the
document again. Names are compared in NFKC form.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import docx
from docx.exceptions import PythonDocxError
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree

from sekisho.documents import docx_parts as parts
from sekisho.documents.docx_places_fill import fill_blocks, fill_text, unfit_region
from sekisho.documents.docx_places_find import MarkerSpot, Place, PlaceKind, Spot, Where, canonical, find_spots, stories
from sekisho.documents.docx_places_package import checked_package
from sekisho.documents.docx_places_write import FragmentWriter, merged, prepare
from sekisho.documents.model import Document, clean
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    import datetime as dt

__all__ = ["Fragment", "Place", "PlaceKind", "Places", "Where", "fill_places", "find_places"]


@dataclass(frozen=True, slots=True)
class Fragment:
    """The blocks of a document for one place. Title, cover and watermark are the template's own and are not written.

    All fragments of a filling count as one document: tables, figures, numbered headings and references are numbered through. A
    heading that should bear the office's own number says it in its text and is not ``numbered``.
    """

    document: Document


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a template in its order. ``problems`` do not forbid filling by themselves: places of the same name
    (``places.duplicate``), expected names that are missing (``places.missing_place``) and names that are not expected
    (``places.unknown``), controls and bookmarks that cannot be filled, braces without a partner, protection against editing.
    """

    places: tuple[Place, ...]
    problems: tuple[Problem, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of the places."""
        return frozenset(place.name for place in self.places)


@dataclass(slots=True)
class _Template:
    word: Any
    filename: str
    stories: list[Any]
    spots: list[Spot]
    problems: list[Problem]


def find_places(untrusted_template: bytes, *, filename: str, expected: Collection[str] = ()) -> Places:
    """Every named place of the template, and what is odd about them; ``expected``: the names that the filling knows.

    Errors: InputError ``places.*`` when the file must not be opened
    (:func:`sekisho.documents.docx_places_package.checked_package`).
    """
    known = {canonical(name): name for name in expected}
    template = _open(untrusted_template, filename, frozenset(known))
    places = tuple(spot.place for spot in template.spots if not spot.shadow)
    problems = [*template.problems]
    for name, count in Counter(place.name for place in places).items():
        if count > 1:
            problems.append(Problem("places.duplicate", {"name": name, "count": count}, file=filename))
    if known:
        found = {place.name for place in places}
        problems += [Problem("places.missing_place", {"name": n}, file=filename) for key, n in known.items() if key not in found]
        strange = dict.fromkeys(p.name for p in places if p.name not in known and p.kind is not PlaceKind.BOOKMARK)
        problems += [Problem("places.unknown", {"name": name}, file=filename) for name in strange]
    return Places(places, tuple(problems))


def fill_places(
    untrusted_template: bytes,
    *,
    filename: str,
    values: Mapping[str, str | Fragment],
    required: Collection[str],
    as_of: dt.datetime,
) -> bytes:
    """The template with its places filled, as a .docx; the same bytes for the same input (``as_of`` dates the file).

    A text goes to every place of its name, a fragment to one place that may take blocks. ``required`` names must stand in the
    template and have a value that is not empty; other values without a place are left out. Controls and bookmarks without a value
    stay as they are; markers must all be filled. Errors: InputError ``places.missing``, ``places.empty``,
    ``places.wrong_places``, ``places.unfilled``, each with the list of places; ``documents.broken_document``; those of
    :func:`find_places`.
    """
    given = {canonical(name): clean(value) if isinstance(value, str) else value for name, value in values.items()}
    needed = {canonical(name): name for name in required}
    template = _open(untrusted_template, filename, frozenset(given) | frozenset(needed))
    _check_required(template, given, needed)
    chosen = _choose(template, given)
    fragments = [(spot, value.document) for spot in chosen if isinstance(value := given[spot.place.name], Fragment)]
    if fragments:
        whole = merged([(spot.place.name, document) for spot, document in fragments], filename)
        try:
            prepare(template.word)
            made = FragmentWriter(template.word, whole).fragments([spot for spot, _ in fragments])
        except (PythonDocxError, KeyError, ValueError) as error:
            # python-docx reads the template's measures and styles only when they are needed, and these are not what they must be.
            raise InputError("places.broken", file=filename, part="word/document.xml") from error
        for (spot, _), blocks in zip(fragments, made, strict=True):
            fill_blocks(spot, blocks)
    # Right to left, so that markers in the same text keep their places.
    for spot in reversed(chosen):
        value = given[spot.place.name]
        if isinstance(value, str):
            fill_text(spot, value)
    return _save(template, as_of)


def _open(untrusted: bytes, filename: str, expected: Collection[str]) -> _Template:
    package = checked_package(untrusted, filename=filename)
    try:
        word = docx.Document(io.BytesIO(package))
        template = _Template(word, filename, list(stories(word, filename)), [], [])
        settings = word.settings.element
    except (OpcError, PythonDocxError, KeyError, ValueError, AttributeError, zipfile.BadZipFile, etree.XMLSyntaxError) as error:
        # python-docx meets a part that is not what its type says; it has no error of its own for that.
        raise InputError("places.broken", file=filename, part="word/document.xml") from error
    for story in template.stories:
        spots = find_spots(story, expected)
        template.spots += spots.found
        template.problems += [Problem(p.code, p.fields, file=filename) for p in spots.problems]
    for name in ("documentProtection", "writeProtection"):
        found = settings.find(qn(f"w:{name}"))
        if found is not None and found.get(qn("w:enforcement"), "1") not in {"0", "false", "off"}:
            template.problems.append(Problem("places.protected", file=filename))
            break
    return template


def _check_required(template: _Template, given: Mapping[str, str | Fragment], needed: Mapping[str, str]) -> None:
    found = {spot.place.name for spot in template.spots if not spot.shadow}
    file = template.filename
    missing = [Problem("places.missing_place", {"name": name}, file=file) for key, name in needed.items() if key not in found]
    if missing:
        unfit = [p for p in template.problems if p.fields.get("name") in needed]
        raise InputError("places.missing", file=file, count=len(missing), problems=(*missing, *unfit))
    empty = [Problem("places.empty_value", {"name": name}, file=file) for key, name in needed.items() if _blank(given.get(key))]
    if empty:
        raise InputError("places.empty", file=file, count=len(empty), problems=tuple(empty))


def _blank(value: str | Fragment | None) -> bool:
    if isinstance(value, Fragment):
        return not value.document.blocks
    return not (value or "").strip()


def _choose(template: _Template, given: Mapping[str, str | Fragment]) -> list[Spot]:
    """The spots that are filled, in the document's order; none lies in another. Refuses with all reasons."""
    file = template.filename
    covered: set[Any] = set()
    chosen, markers = [], []
    # Controls and bookmarks before markers: an outer one comes before those in it, and a marker in one goes with it.
    for spot in sorted(template.spots, key=lambda spot: isinstance(spot, MarkerSpot)):
        inside = any(above in covered for anchor in spot.anchors() for above in (anchor, *anchor.iterancestors()))
        value = given.get(spot.place.name)
        if inside:
            continue
        if value is not None:
            chosen.append(spot)
            covered.update(spot.region(block=isinstance(value, Fragment) and spot.place.block))
        elif isinstance(spot, MarkerSpot):
            markers.append(spot)
    problems = _wrong(chosen, given, file)
    lost = {spot.place.name for spot in template.spots if spot.place.name in given} - {spot.place.name for spot in chosen}
    problems += [Problem("places.nested", {"name": name}, file=file) for name in sorted(lost)]
    if problems:
        raise InputError("places.wrong_places", file=file, problems=tuple(problems))
    names = dict.fromkeys((spot.place.name, spot.place.where) for spot in markers)
    left = [Problem("places.unfilled_marker", {"name": name, "where": where.value}, file=file) for name, where in names]
    left += [problem for problem in template.problems if problem.code == "places.broken_marker"]
    if left:
        raise InputError("places.unfilled", file=file, count=len(left), problems=tuple(left))
    order = {id(spot): number for number, spot in enumerate(template.spots)}
    return sorted(chosen, key=lambda spot: order[id(spot)])


def _wrong(chosen: list[Spot], given: Mapping[str, str | Fragment], file: str) -> list[Problem]:
    """Fragments where only text may stand, fragments for several places, and places that cut something in two."""
    problems = []
    for spot in chosen:
        place = spot.place
        fields = {"name": place.name, "kind": place.kind.value, "where": place.where.value}
        fragment = isinstance(given[place.name], Fragment)
        if fragment and not place.block:
            problems.append(Problem("places.inline_fragment", fields, file=file))
        elif code := unfit_region(spot, block=fragment):
            problems.append(Problem(code, fields, file=file))
    for name, count in Counter(spot.place.name for spot in chosen).items():
        if count > 1 and isinstance(given[name], Fragment):
            problems.append(Problem("places.fragment_twice", {"name": name, "count": count}, file=file))
    return problems


def _save(template: _Template, as_of: dt.datetime) -> bytes:
    for story in template.stories:
        if story.part is not None and getattr(story.part, "element", None) is None:
            story.part._blob = etree.tostring(story.root, xml_declaration=True, encoding="UTF-8", standalone=True)  # noqa: SLF001
    parts.date(template.word, as_of)
    target = io.BytesIO()
    template.word.save(target)
    return parts.freeze(target.getvalue(), as_of)
