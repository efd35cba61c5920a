"""Reading a DOCX: paragraphs, headings, tables row by row, footnotes, text boxes; inserted text counts, deleted text does not.

Only WordprocessingML is read (ISO/IEC 29500-1). Nothing outside the file is ever fetched: an attached template, a sub-document
or a field that pulls in another file makes the draft refused, because what it says would then stand elsewhere.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.draftreview._docx_styles import Headings, Numbers
from sekisho.engines.draftreview.container import Package, refuse
from sekisho.engines.draftreview.draft import Block, BlockKind, Notice

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["read_docx"]

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_RELATIONSHIP: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_STRICT: Final = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_REFUSED_LINKS: Final = frozenset({"attachedTemplate", "subDocument", "frame", "aFChunk", "mailMergeSource"})
_REFUSED_FIELDS: Final = frozenset({"INCLUDETEXT", "DDE", "DDEAUTO", "RD"})
_WARNED_FIELDS: Final = frozenset({"INCLUDEPICTURE", "LINK"})
_PASSED: Final = frozenset({f"{W}{n}" for n in ("del", "moveFrom", "rt", "pPr", "rPr", "delText", "instrText", "delInstrText")})
_SIGNS: Final = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_MAX_DEPTH: Final = 60


def read_docx(untrusted: bytes, file: str) -> tuple[tuple[Block, ...], tuple[Notice, ...]]:
    """The blocks and notices of a DOCX.

    Raises InputError ``review.*`` naming the part: not a ZIP, encrypted, too much unpacked, macros, DTD, an attached template
    or other remote include, embedded foreign text, damaged XML, or a package of another kind.
    """
    package = Package(untrusted, file)
    main = _main_part(package)
    notices = _check_links(package)
    return _Reader(package, main, notices).read()


def _main_part(package: Package) -> str:  # noqa: RET503 - refuse() never returns
    if any(posixpath.basename(n).lower().startswith("vbaproject") for n in package.names):
        refuse("macros", package.file)
    if package.has("[Content_Types].xml") and b"macroEnabled" in package.read("[Content_Types].xml"):
        refuse("macros", package.file)
    if package.has("word/document.xml"):
        if _STRICT in package.read("word/document.xml")[:4096]:
            refuse("not_supported", package.file, found="Strict Open XML")
        return "word/document.xml"
    for prefix, found in (("xl/", "XLSX"), ("ppt/", "PPTX"), ("META-INF/", "ODF")):
        if any(n.startswith(prefix) for n in package.names):
            refuse("renamed", package.file, expected="DOCX", found=found)
    refuse("not_docx", package.file)


def _check_links(package: Package) -> list[Notice]:
    """Every relationship that leads out of the file: refused, or told; never followed."""
    told: list[str] = []
    links = 0
    for name in sorted(n for n in package.names if n.startswith("word/") and n.endswith(".rels")):
        for relation in package.xml(name).iter(_RELATIONSHIP):
            kind = relation.get("Type", "").rsplit("/", 1)[-1]
            target = relation.get("Target", "")[:200]
            if kind == "aFChunk":
                refuse("embedded_text", package.file, column=name, target=target)
            if relation.get("TargetMode") != "External":
                continue
            if kind in _REFUSED_LINKS:
                refuse("external_include", package.file, column=name, kind=kind, target=target)
            if kind == "hyperlink":
                links += 1
            else:
                told.append(f"{kind}: {target}")
    notices = [Notice(code="review.external_part", fields={"target": target}) for target in told[:50]]
    return [*notices, Notice(code="review.hyperlinks", fields={"count": links})] if links else notices


@dataclass(slots=True)
class _Pending:
    """What a paragraph drags along: notes and text boxes that become blocks of their own after it."""

    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)


class _Reader:
    """Walks the body once."""

    def __init__(self, package: Package, main: str, notices: list[Notice]) -> None:
        self._package = package
        self._root = package.xml(main)
        self._notices = notices
        self._headings = Headings(package)
        self._numbers = Numbers(package)
        self._blocks: list[Block] = []
        self._tables = 0
        self._inserted = self._deleted = self._hidden = 0
        self._notes = {kind: self._read_notes(kind) for kind in ("footnote", "endnote")}

    def read(self) -> tuple[tuple[Block, ...], tuple[Notice, ...]]:
        body = self._root.find(f"{W}body")
        if body is None:
            refuse("not_docx", self._package.file)
        self._container(body, "paragraph", 0)
        for name, count in (("tracked", self._inserted + self._deleted), ("hidden_text", self._hidden)):
            if count:
                fields = {"inserted": self._inserted, "deleted": self._deleted} if name == "tracked" else {"count": count}
                self._notices.append(Notice(code=f"review.{name}", fields=fields))
        return tuple(self._blocks), tuple(self._notices)

    def _read_notes(self, kind: str) -> dict[str, Any]:
        part = f"word/{kind}s.xml"
        if not self._package.has(part):
            return {}
        return {note.get(f"{W}id", ""): note for note in self._package.xml(part).iter(f"{W}{kind}")}

    def _container(self, element: Any, kind: BlockKind, depth: int) -> None:
        """Paragraphs and tables of a body, a content control, a text box or a note, in order."""
        if depth > _MAX_DEPTH:
            refuse("too_deep", self._package.file, limit=_MAX_DEPTH)
        for child in element:
            if child.tag == f"{W}p":
                self._paragraph(child, kind, depth)
            elif child.tag == f"{W}tbl":
                self._table(child, depth)
            elif child.tag not in _PASSED and child.tag != f"{W}sectPr":
                self._container(child, kind, depth + 1)

    def _paragraph(self, element: Any, kind: BlockKind, depth: int) -> None:
        self._fields(element)
        pending = _Pending()
        text = "".join(self._text(element, pending, depth)).strip("\n")
        style = self._headings.of(element)
        label = self._numbers.label(element, style.style)
        if text.strip() and not style.contents:
            level = style.level if kind == "paragraph" else None
            self._add("heading" if level is not None else kind, text, label=label, level=level)
        self._after(pending, depth)

    def _after(self, pending: _Pending, depth: int) -> None:
        for kind, number in pending.notes:
            note = self._notes[kind].get(number)
            if note is not None:
                self._container(note, "footnote", depth + 1)
        for box in pending.boxes:
            self._container(box, "textbox", depth + 1)

    def _add(self, kind: BlockKind, text: str, **more: Any) -> None:
        self._blocks.append(Block(kind=kind, text=text, number=len(self._blocks) + 1, **more))

    def _table(self, element: Any, depth: int) -> None:
        self._tables += 1
        table = self._tables
        rows = [r for r in element.iter(f"{W}tr") if _nearest(r, f"{W}tbl") is element]
        for number, row in enumerate(rows, start=1):
            if row.find(f"{W}trPr/{W}del") is not None:
                self._deleted += 1
                continue
            pending = _Pending()
            cells = [c for c in row.iter(f"{W}tc") if _nearest(c, f"{W}tr") is row]
            texts = [self._cell(cell, pending, depth + 1) for cell in cells]
            if any(texts):
                self._add("row", " | ".join(texts), table=table, row=number)
            self._after(pending, depth)
            for cell in cells:
                for inner in cell.findall(f"{W}tbl"):
                    self._table(inner, depth + 1)

    def _cell(self, cell: Any, pending: _Pending, depth: int) -> str:
        paragraphs = [p for p in cell.iter(f"{W}p") if _nearest(p, f"{W}tc") is cell and not _within_box(p, cell)]
        texts = []
        for p in paragraphs:
            self._fields(p)
            label = self._numbers.label(p, self._headings.of(p).style)
            texts.append(f"{label} {text}" if (text := "".join(self._text(p, pending, depth)).strip()) and label else text)
        return "\n".join(text for text in texts if text)

    def _text(self, element: Any, pending: _Pending, depth: int) -> Iterator[str]:
        """The text of a paragraph's runs, without what was deleted or is hidden."""
        if depth > _MAX_DEPTH:
            refuse("too_deep", self._package.file, limit=_MAX_DEPTH)
        for child in element:
            tag = child.tag
            if tag == f"{W}t":
                yield child.text or ""
            elif tag in _PASSED:
                self._deleted += tag in {f"{W}del", f"{W}moveFrom"}
            elif tag in _SIGNS:
                yield _SIGNS[tag]
            elif tag == f"{W}txbxContent":
                pending.boxes.append(child)
            elif tag in {f"{W}footnoteReference", f"{W}endnoteReference"}:
                pending.notes.append((tag.removeprefix(W).removesuffix("Reference"), child.get(f"{W}id", "")))
            elif tag == f"{W}r" and _is_hidden(child):
                self._hidden += 1
            elif tag == f"{_MC}AlternateContent":
                choice = child.find(f"{_MC}Choice")
                yield from self._text(choice if choice is not None else child, pending, depth + 1)
            else:
                self._inserted += tag in {f"{W}ins", f"{W}moveTo"} and len(child) > 0
                yield from self._text(child, pending, depth + 1)

    def _fields(self, element: Any) -> None:
        """Refuse fields that bring in other files; an instruction may be spread over several runs."""
        parts = [e.text or "" for e in element.iter(f"{W}instrText")]
        parts += [f" {e.get(f'{W}instr', '')} " for e in element.iter(f"{W}fldSimple")]
        if not parts:
            return
        instruction = "".join(parts)
        for word in instruction.upper().split():
            if word in _REFUSED_FIELDS:
                target = instruction.strip()[:200]
                refuse("external_include", self._package.file, column="word/document.xml", kind=word, target=target)
            if word in _WARNED_FIELDS:
                self._notices.append(Notice(code="review.external_part", fields={"target": instruction.strip()[:200]}))


def _nearest(element: Any, tag: str) -> Any:
    """The closest ancestor of this kind; None if there is none."""
    return next(element.iterancestors(tag), None)


def _within_box(element: Any, cell: Any) -> bool:
    """Whether a paragraph of a cell belongs to a text box in it (those become blocks of their own)."""
    for ancestor in element.iterancestors():
        if ancestor is cell:
            return False
        if ancestor.tag == f"{W}txbxContent":
            return True
    return False


def _is_hidden(run: Any) -> bool:
    vanish = run.find(f"{W}rPr/{W}vanish")
    return vanish is not None and vanish.get(f"{W}val", "true") not in {"0", "false", "off"}
