"""What an import would do, before it does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sekisho.errors import InputError, SekishoError
from sekisho.records.catalog import queries
from sekisho.records.catalog.rules import digest, read_upload
from sekisho.standards import texts
from sekisho.standards.oscal import MAX_BYTES, warnings_of

if TYPE_CHECKING:
    import uuid

    from django.core.files.uploadedfile import UploadedFile

    from sekisho.standards.model import Catalog

__all__ = ["Place", "Preview", "content_of", "places", "preview"]

_SAMPLE: Final = 20


@dataclass(frozen=True, slots=True)
class Place:
    """One thing to mend, and where."""

    file: str
    row: int | None
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be there afterwards. ``effect``: new, edition (a newer one beside the former), replace, or same."""

    catalog: Catalog
    title: str
    effect: str
    requirements: int
    assessable: int
    groups: int
    mappings: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    former: str
    warnings: tuple[str, ...]
    sample: tuple[tuple[str, str, bool], ...]


def content_of(file: UploadedFile[Any]) -> bytes:
    """The bytes of an uploaded file, refused before they are read when they are too many."""
    if (file.size or 0) > MAX_BYTES:
        raise InputError("catalog.upload_too_large", limit=MAX_BYTES)
    content: bytes = file.read()
    return content


def places(error: SekishoError, language: str) -> list[Place]:
    """Every place of an error."""
    return [Place(p.file, p.row, p.column, texts.render_problem(p, language)) for p in error.problems]


def preview(untrusted: bytes, filename: str, *, organization_id: uuid.UUID, language: str) -> Preview:
    """Read the file and say what taking it would do. Raises InputError with every problem."""
    found = read_upload(untrusted, filename)
    present = queries.same_edition(organization_id, key=found.id, edition=found.edition)
    former = queries.current_edition(organization_id, key=found.id)
    before = queries.refs_of(present) if present else frozenset()
    refs = [r.id for r in found.requirements]
    effect = "edition" if former else "new"
    if present:
        effect = "same" if present.digest == digest(found) else "replace"
    return Preview(
        catalog=found,
        title=found.title.get(language),
        effect=effect,
        requirements=len(refs),
        assessable=len(found.assessable),
        groups=len(found.groups),
        mappings=sum(len(m.ids) for r in found.requirements for m in r.mappings),
        added=tuple(ref for ref in refs if ref not in before) if present else (),
        removed=tuple(sorted(before - set(refs))),
        former=former.edition if former else "",
        warnings=tuple(texts.render(w.code, w.fields, language) for w in warnings_of(found)),
        sample=tuple((r.id, r.title.get(language), r.assessable) for r in found.requirements[:_SAMPLE]),
    )
