"""The document model: a report is built once as these values and rendered to HTML, DOCX, PDF and XLSX.

Everything is frozen and serialisable to JSON (:func:`encode`, :func:`decode`); ``schema`` names the version. Inline content
is a tuple of runs: a plain ``str`` is text, the other runs are :class:`Strong`, :class:`Code`, :class:`Link`, :class:`Cite`
and :class:`LevelMark`.

A figure is cited, not decorated: ``Cite("e1")`` and ``Cell(0.98, refs=("e1",))`` point to a :class:`Reference` in
``Document.references``; :func:`check` finds every citation that leads nowhere.

Text is cleaned when a value is made: characters that no XML document may hold, lone surrogates and the invisible controls
that reverse the direction of writing become U+FFFD, visibly, so that no renderer has to decide about them.
"""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

import msgspec

from sekisho.errors import InputError

__all__ = [
    "SCHEMA",
    "Block",
    "BulletList",
    "Callout",
    "Cell",
    "CellState",
    "Chart",
    "ChartKind",
    "Cite",
    "Code",
    "Column",
    "ColumnGroup",
    "ColumnKind",
    "Document",
    "Heading",
    "KeyValue",
    "KeyValues",
    "Level",
    "LevelMark",
    "Link",
    "MarkState",
    "PageBreak",
    "Paragraph",
    "Picture",
    "Point",
    "ProvenanceNotes",
    "Reference",
    "Run",
    "Status",
    "Strong",
    "Table",
    "TableOfContents",
    "clean",
    "decode",
    "encode",
    "json_schema",
]

SCHEMA: Final = "sekisho.document/1"

# C0 and C1 controls but tab and line feed, surrogates, non-characters, and the bidirectional embeddings, overrides and isolates.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """``text`` with line ends as LF and every character that no output may hold shown as U+FFFD."""
    return _FORBIDDEN.sub("�", text.replace("\r\n", "\n").replace("\r", "\n"))


def _cleaned(value: Any) -> Any:
    if type(value) is str:
        return clean(value)
    if type(value) is tuple:
        return tuple(_cleaned(v) for v in value)
    if type(value) is dict:
        return {_cleaned(k): _cleaned(v) for k, v in value.items()}
    return value


class _Value(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of all parts: frozen; text cleaned on construction and on decoding."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            before = getattr(self, name)
            after = _cleaned(before)
            if after is not before and after != before:
                msgspec.structs.force_setattr(self, name, after)


class Level(StrEnum):
    """対応レベル, lowest first."""

    NONE = "none"
    UME = "ume"
    TAKE = "take"
    MATSU = "matsu"


class MarkState(StrEnum):
    """What stands beside a level: ``current``; ``stale`` (evidence too old); or there is no level at all."""

    CURRENT = "current"
    STALE = "stale"
    UNMEASURED = "unmeasured"
    NOT_APPLICABLE = "not_applicable"


class Status(StrEnum):
    """A draft bears a watermark; an issued report is frozen."""

    DRAFT = "draft"
    ISSUED = "issued"


class CellState(StrEnum):
    """``value``: shown as it is (None is an empty cell). The other states are words, never a number."""

    VALUE = "value"
    UNMEASURED = "unmeasured"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class ColumnKind(StrEnum):
    """How a column's values are read, aligned and formatted. ``percent`` takes 0–1; ``date`` takes ISO 8601 text."""

    TEXT = "text"
    NUMBER = "number"
    PERCENT = "percent"
    DATE = "date"
    LEVEL = "level"


class ChartKind(StrEnum):
    """``levels``: stacked counts by level (series = a Level or MarkState value); ``bar``; ``line`` (trend)."""

    LEVELS = "levels"
    BAR = "bar"
    LINE = "line"


class Reference(_Value, frozen=True):
    """Where a figure comes from (根拠). ``url`` is absolute or begins with ``/`` (then ``Document.base_url`` goes before it);
    ``text`` says in words what stands there; ``sha256`` (lower-case hex) is the evidence's own hash, where it has one.
    """

    id: str
    label: str
    url: str = ""
    text: str = ""
    sha256: str = ""


class LevelMark(_Value, frozen=True, tag_field="type", tag="level"):
    """梅竹松 as a mark: the character and one, two or three strokes. ``level`` is None unless ``state`` is current or stale."""

    level: Level | None = None
    state: MarkState = MarkState.CURRENT


class Strong(_Value, frozen=True, tag_field="type", tag="strong"):
    """Emphasised text."""

    text: str


class Code(_Value, frozen=True, tag_field="type", tag="code"):
    """Text in a fixed-width face: keys, file names, hashes."""

    text: str


class Link(_Value, frozen=True, tag_field="type", tag="link"):
    """A link; ``url`` is http(s), mailto, or begins with ``/`` or ``#``."""

    text: str
    url: str


class Cite(_Value, frozen=True, tag_field="type", tag="cite"):
    """A citation of the :class:`Reference` with this id."""

    id: str


Run = str | Strong | Code | Link | Cite | LevelMark


class Cell(_Value, frozen=True):
    """One value of a table; ``refs`` are ids of references; ``strong`` for totals."""

    value: str | int | float | LevelMark | None = None
    refs: tuple[str, ...] = ()
    state: CellState = CellState.VALUE
    strong: bool = False


class Column(_Value, frozen=True):
    """A column. ``width`` is a weight relative to the others (None: by kind and content); ``digits`` after the point;
    ``unit`` is shown under the title.
    """

    title: str
    kind: ColumnKind = ColumnKind.TEXT
    width: float | int | None = None
    digits: int | None = None
    unit: str = ""


class ColumnGroup(_Value, frozen=True):
    """A heading above ``span`` neighbouring columns; an empty title leaves the place above them free."""

    title: str
    span: int


class KeyValue(_Value, frozen=True):
    """One line of a :class:`KeyValues` list; ``value`` is inline content."""

    key: str
    value: tuple[Run, ...]


class Point(_Value, frozen=True):
    """One value of a chart. For ``levels`` the series is a Level or MarkState value and ``value`` a count."""

    category: str
    value: float | int | None
    series: str = ""
    refs: tuple[str, ...] = ()


class Heading(_Value, frozen=True, tag_field="type", tag="heading"):
    """A heading; ``level`` 1 (chapter) to 4. Numbers are given by the renderers unless ``numbered`` is off."""

    text: str
    level: Annotated[int, msgspec.Meta(ge=1, le=4)] = 1
    numbered: bool = True


class Paragraph(_Value, frozen=True, tag_field="type", tag="paragraph"):
    """Running text."""

    runs: tuple[Run, ...]


class BulletList(_Value, frozen=True, tag_field="type", tag="list"):
    """A list of inline contents; ``ordered`` numbers it."""

    items: tuple[tuple[Run, ...], ...]
    ordered: bool = False


class Table(_Value, frozen=True, tag_field="type", tag="table"):
    """A table. ``name`` becomes the XLSX sheet's name (default: the caption). ``row_header``: the first column heads its row.
    ``total``: the last row is a sum. ``empty`` is said instead of rows when there are none. ``landscape``: its own wide pages.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()
    caption: str = ""
    name: str = ""
    groups: tuple[ColumnGroup, ...] = ()
    notes: tuple[str, ...] = ()
    row_header: bool = True
    total: bool = False
    empty: str = ""
    landscape: bool = False


class KeyValues(_Value, frozen=True, tag_field="type", tag="key_values"):
    """Pairs of a name and its value."""

    items: tuple[KeyValue, ...]


class Chart(_Value, frozen=True, tag_field="type", tag="chart"):
    """A chart. ``alternative`` says in words what it shows (required); ``target`` draws a line; values of ``percent`` are 0–1.
    ``with_table``: its figures stand beneath it (off only when the next table holds the same figures with their references).
    """

    kind: ChartKind
    points: tuple[Point, ...]
    caption: str
    alternative: str
    value_kind: Literal["number", "percent"] = "number"
    unit: str = ""
    digits: int | None = None
    target: float | int | None = None
    category_title: str = ""
    with_table: bool = True


class Picture(_Value, frozen=True, tag_field="type", tag="picture"):
    """A picture drawn elsewhere: ``svg`` is one ``<svg>`` element of plain drawing (``pictures.check_svg``); ``alternative`` says
    in words what it shows (required). A wide picture gets its own landscape page on paper.
    """

    svg: str
    caption: str
    alternative: str


class Callout(_Value, frozen=True, tag_field="type", tag="callout"):
    """A box that must not be overlooked."""

    runs: tuple[Run, ...]
    kind: Literal["note", "warning"] = "note"
    title: str = ""


class PageBreak(_Value, frozen=True, tag_field="type", tag="page_break"):
    """What follows begins on a new page (paper outputs)."""


class TableOfContents(_Value, frozen=True, tag_field="type", tag="contents"):
    """The contents, from the headings down to ``depth``."""

    depth: Annotated[int, msgspec.Meta(ge=1, le=4)] = 2


class ProvenanceNotes(_Value, frozen=True, tag_field="type", tag="provenance"):
    """The list of all references with address and hash, and the metadata; added at the end when the author did not place it."""


Block = (
    Heading
    | Paragraph
    | BulletList
    | Table
    | KeyValues
    | Chart
    | Picture
    | Callout
    | PageBreak
    | TableOfContents
    | ProvenanceNotes
)


class Document(_Value, frozen=True, kw_only=True):
    """A whole report.

    ``as_of`` is the moment whose facts it shows, with offset; it also dates the files, so that the same Document gives the same
    bytes. ``era`` writes dates of a Japanese document in 和暦. ``fictional`` marks an invented organisation plainly on every
    page. ``metadata`` names versions of rules, catalogues and formulas, in the reader's words. ``base_url`` (no trailing slash)
    goes before addresses that begin with ``/`` in files that leave the house. Without ``cover`` the title stands at the head of
    the first page instead of having a page of its own.
    """

    title: str
    organization: str
    as_of: Annotated[dt.datetime, msgspec.Meta(tz=True)]
    blocks: tuple[Block, ...]
    subtitle: str = ""
    language: Literal["ja", "en"] = "ja"
    era: bool = True
    fictional: bool = False
    status: Status = Status.DRAFT
    issued_at: Annotated[dt.datetime, msgspec.Meta(tz=True)] | None = None
    watermark: str = ""
    cover: bool = True
    base_url: str = ""
    metadata: dict[str, str] = {}
    references: tuple[Reference, ...] = ()
    schema: Literal["sekisho.document/1"] = SCHEMA


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Document)


def encode(document: Document) -> bytes:
    """The document as JSON, the same bytes for the same value. ``schema`` is always written."""
    plain = {"schema": document.schema, **msgspec.to_builtins(document)}
    return _ENCODER.encode(plain)


def decode(data: bytes | str) -> Document:
    """A document from JSON; InputError ``documents.not_a_document`` says which field is wrong."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError("documents.not_a_document", detail=str(error)) from error


def json_schema() -> dict[str, Any]:
    """JSON Schema of the document."""
    return msgspec.json.schema(Document)
