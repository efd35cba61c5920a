"""Reads lists: our own JSON, CSV with a mapping of columns, and plain text with one indicator a line."""

# ruff: noqa: E501 - tables of words
from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines.detection.indicators import Direction, Indicator, Kind, Own
from sekisho.engines.threatintel.model import Collector, Reading, clipped, moment
from sekisho.engines.threatintel.stix import LARGEST
from sekisho.engines.threatintel.tlp import parse_tlp, strictest
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["SCHEMA", "Mapped", "decode_text", "read_csv", "read_list", "read_own", "write_own"]

SCHEMA: Final = "sekisho.indicators/1"
_ENCODINGS: Final = ("utf-8-sig", "cp932")
_MOST_PROBLEMS: Final = 1_000
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "value": ("value", "indicator", "ioc", "ioc_value", "observable", "pattern", "address", "domain", "url", "hash", "ip", "ip_address",
              "sha256", "sha256_hash", "md5_hash", "指標", "値", "インディケータ", "対象"),
    "kind": ("kind", "type", "indicator_type", "ioc_type", "category", "種類", "種別"),
    "direction": ("direction", "方向", "通信方向"),
    "active_from": ("active_from", "first_seen", "firstseen", "first_seen_utc", "valid_from", "初認日", "活動開始"),
    "active_until": ("active_until", "last_seen", "lastseen", "last_online", "最終確認", "活動終了"),
    "expires": ("expires", "valid_until", "expiration", "expiry", "期限", "有効期限"),
    "tlp": ("tlp", "marking"),
    "source": ("source", "provider", "reporter", "出典", "提供元"),
    "reference": ("reference", "link", "urlhaus_link", "report", "参照", "文書番号"),
    "confidence": ("confidence", "confidence_level", "確度", "信頼度"),
    "title": ("title", "comment", "description", "threat", "malware", "malware_printable", "備考", "説明", "件名"),
    "labels": ("labels", "tags", "タグ"),
}  # fmt: skip
_KINDS: Final[dict[str, Kind]] = {
    **{kind.value: kind for kind in Kind}, **{kind.value.replace("_", ""): kind for kind in Kind},
    "ipv4": Kind.IP, "ipv6": Kind.IP, "ipv4-addr": Kind.IP, "ipv6-addr": Kind.IP, "ip-src": Kind.IP, "ip-dst": Kind.IP, "address": Kind.IP,
    "cidr": Kind.NETWORK, "hostname": Kind.DOMAIN, "fqdn": Kind.DOMAIN, "host": Kind.DOMAIN, "domain-name": Kind.DOMAIN,
    "uri": Kind.URL, "e-mail": Kind.EMAIL, "mail": Kind.EMAIL, "email-addr": Kind.EMAIL, "filename": Kind.FILE_NAME, "file": Kind.FILE_NAME,
    "path": Kind.FILE_PATH, "filepath": Kind.FILE_PATH, "regkey": Kind.REGISTRY, "sha-1": Kind.SHA1, "sha-256": Kind.SHA256,
    "sha-512": Kind.SHA512, "md5_hash": Kind.MD5, "sha1_hash": Kind.SHA1, "sha256_hash": Kind.SHA256,
    "ipアドレス": Kind.IP, "ドメイン": Kind.DOMAIN, "メールアドレス": Kind.EMAIL, "ファイル名": Kind.FILE_NAME, "レジストリ": Kind.REGISTRY,
}  # fmt: skip
_GUESSED: Final = frozenset({"hash", "ip:port", "ip_port", "ハッシュ", "ハッシュ値", "ioc", "indicator", ""})
_DIRECTIONS: Final = {
    "outbound": Direction.OUTBOUND, "out": Direction.OUTBOUND, "egress": Direction.OUTBOUND, "内→外": Direction.OUTBOUND,
    "内から外": Direction.OUTBOUND, "dst": Direction.OUTBOUND, "inbound": Direction.INBOUND, "in": Direction.INBOUND,
    "ingress": Direction.INBOUND, "外→内": Direction.INBOUND, "外から内": Direction.INBOUND, "src": Direction.INBOUND,
    "both": Direction.BOTH, "双方向": Direction.BOTH, "": Direction.BOTH,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mapped:
    """Which column holds what. ``columns``: our field (``value``, ``kind`` …) → heading; fields left out are guessed by heading.

    ``defaults`` fill fields of which there is no column (``{"tlp": "amber", "direction": "outbound"}``).
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)


def decode_text(untrusted: bytes, *, filename: str) -> str:
    """UTF-8 or CP932 text. Raises InputError ``threatintel.too_large``, ``threatintel.encoding``."""
    if len(untrusted) > LARGEST:
        raise InputError("threatintel.too_large", file=filename, size=len(untrusted), limit=LARGEST)
    for encoding in _ENCODINGS:
        try:
            return untrusted.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("threatintel.encoding", file=filename, expected="UTF-8, CP932")


def read_list(
    untrusted: bytes, *, filename: str = "list.txt", source: str = "", own: Own | None = None, **fields: Any
) -> Reading:
    """One indicator a line; ``#`` begins a comment; what ``fields`` say holds for all (those of :class:`Indicator`)."""
    collector = Collector(own=own)
    for row, line in enumerate(decode_text(untrusted, filename=filename).splitlines(), 1):
        text = line.split("#", 1)[0].strip() if not line.lstrip().startswith(("http", "hxxp")) else line.strip()
        if text:
            collector.add(text, None, f"{filename}:{row}", source=source, **fields)
    return collector.reading("list")


def read_csv(
    untrusted: bytes, *, filename: str = "list.csv", mapping: Mapped | None = None, source: str = "", own: Own | None = None
) -> Reading:
    """A table. The delimiter is found; lines beginning with ``#`` are comments, but for the one that names the columns.

    Raises InputError ``threatintel.csv_without_value`` when no column holds the indicators; each row that cannot be read is a
    problem that names file and row.
    """
    text = decode_text(untrusted, filename=filename)
    lines = _lines(text)
    if not lines:
        raise InputError("threatintel.csv_without_value", file=filename, expected=", ".join(_NAMES["value"][:6]))
    reader = csv.reader((line for _, line in lines), delimiter=_delimiter(lines[0][1]), skipinitialspace=True)
    chosen = mapping if mapping is not None else Mapped()
    collector = Collector(own=own)
    places: dict[str, int] = {}
    try:
        header = next(reader)
        places = _places(header, chosen, filename)
        for number, cells in enumerate(reader, 1):
            row = lines[min(reader.line_num, len(lines)) - 1][0]
            if any(cell.strip() for cell in cells):
                _row(cells, places, chosen, collector, source=source, filename=filename, row=row or number)
    except csv.Error as error:
        row = lines[min(reader.line_num, len(lines)) - 1][0]
        collector.problems.append(Problem("threatintel.csv_broken", {"reason": str(error)[:200]}, filename, row))
    return collector.reading("csv", tlp=strictest(one.tlp for one in collector.indicators))


def _lines(text: str) -> list[tuple[int, str]]:
    """(row, line) without comments and blank lines; a comment that looks like headings comes first."""
    rows = list(enumerate(io.StringIO(text, newline=""), 1))
    plain = [(row, line) for row, line in rows if line.strip() and not line.lstrip().startswith("#")]
    known = {name for names in _NAMES.values() for name in names}
    for row, line in rows[:200]:
        words = [
            word.strip().strip('"').lower() for word in line.lstrip().lstrip("# ").replace("\t", ",").replace(";", ",").split(",")
        ]
        if line.lstrip().startswith("#") and len(words) > 1 and len(known & set(words)) >= 2:  # noqa: PLR2004 - two known headings
            return [(row, line.lstrip().lstrip("# ")), *plain]
    return plain


def _delimiter(line: str) -> str:
    return max(",\t;|", key=line.count)


def _places(header: list[str], mapping: Mapped, filename: str) -> dict[str, int]:
    names = [name.strip().lower().lstrip("\ufeff") for name in header]
    places: dict[str, int] = {}
    for ours, heading in mapping.columns.items():
        if ours not in _NAMES or heading.strip().lower() not in names:
            raise InputError("threatintel.csv_column_missing", file=filename, column=heading, found=", ".join(header)[:300])
        places[ours] = names.index(heading.strip().lower())
    for ours, known in _NAMES.items():
        at = next((names.index(name) for name in known if name in names), None)
        if ours not in places and at is not None and at not in places.values():
            places[ours] = at
    if "value" not in places:
        raise InputError("threatintel.csv_without_value", file=filename, expected=", ".join(_NAMES["value"][:6]))
    return places


def _row(
    cells: list[str], places: dict[str, int], mapping: Mapped, collector: Collector, *, source: str, filename: str, row: int
) -> None:
    def cell(name: str) -> str:
        at = places.get(name)
        found = cells[at].strip() if at is not None and at < len(cells) else ""
        return found or str(mapping.defaults.get(name, ""))

    problems: list[str] = []
    kind_text = cell("kind").lower().replace(" ", "")
    kind = _KINDS.get(kind_text)
    if kind is None and kind_text not in _GUESSED:
        collector.ignore(f"type:{kind_text[:100]}")
        return
    direction = _DIRECTIONS.get(cell("direction").lower().replace(" ", ""))
    times = {name: moment(cell(name)) for name in ("active_from", "active_until", "expires")}
    problems += [name for name, found in times.items() if found is None and cell(name) not in {"", "-", "None"}]
    tlp = parse_tlp(cell("tlp")) if cell("tlp") else None
    if cell("tlp") and tlp is None:
        problems.append("tlp")
    if direction is None:
        problems.append("direction")
    confidence = cell("confidence").rstrip("%")
    if confidence and not (confidence.isdecimal() and int(confidence) <= 100):  # noqa: PLR2004 - per cent
        problems.append("confidence")
    if problems:
        if len(collector.problems) < _MOST_PROBLEMS:
            wrong = {"columns": ", ".join(problems), "values": ", ".join(cell(name) for name in problems)[:200]}
            collector.problems.append(Problem("threatintel.csv_cell", wrong, filename, row))
        return
    collector.add(
        cell("value").removeprefix("'"), kind, f"{filename}:{row}",
        direction=direction, tlp=tlp, source=cell("source") or source, reference=cell("reference")[:2_048],
        confidence=int(confidence) if confidence else None, title=cell("title")[:500],
        labels=clipped(part.strip() for part in cell("labels").replace(";", ",").split(",")), **times,
    )  # fmt: skip


class _Own(msgspec.Struct):
    """The file as it stands."""

    schema: str
    indicators: list[Indicator]


def write_own(indicators: Iterable[Indicator]) -> bytes:
    """Our own form: JSON with every field of every indicator."""
    return msgspec.json.format(msgspec.json.encode(_Own(SCHEMA, list(indicators))), indent=1)


def read_own(untrusted: bytes, *, filename: str = "indicators.json", own: Own | None = None) -> Reading:
    """Our own form; every value is assessed again. Raises InputError ``threatintel.own_broken`` with the JSON path."""
    if len(untrusted) > LARGEST:
        raise InputError("threatintel.too_large", file=filename, size=len(untrusted), limit=LARGEST)
    try:
        raw = msgspec.json.decode(untrusted, type=_Own)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        raise InputError("threatintel.own_broken", file=filename, reason=str(error)[:200]) from error
    if raw.schema != SCHEMA:
        raise InputError("threatintel.own_broken", file=filename, reason=f"schema: {raw.schema[:50]}")
    collector = Collector(own=own)
    names = [name for name in Indicator.__struct_fields__ if name not in {"kind", "value", "original"}]
    for number, one in enumerate(raw.indicators):
        collector.add(one.value, one.kind, f"{filename}[{number}]", **{name: getattr(one, name) for name in names})
    return collector.reading("sekisho", tlp=strictest(one.tlp for one in collector.indicators))
