"""Reading an OSCAL catalog (JSON, 1.0 to 1.2) of anybody into a :class:`~sekisho.standards.model.Catalog`.

Reading tolerates: unknown fields are skipped and named in ``Catalog.warnings``. What would lose or confuse a requirement
(double ids, a control without id or title, a wrong type) is collected and raised at once with its path.
The file is decoded control by control, so that memory holds the bytes and one control, not a tree of the whole.
Source: NIST OSCAL catalog model, https://pages.nist.gov/OSCAL/
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from sekisho.errors import InputError, Problem
from sekisho.standards.model import Catalog, Group, Mapping, Point, Requirement, Source, Text

__all__ = ["MAX_BYTES", "MAX_REQUIREMENTS", "read_oscal_catalog", "warnings_of"]

MAX_BYTES = 64_000_000
MAX_REQUIREMENTS = 20_000
_MAX_DEPTH = 20
_MAX_PROBLEMS = 200
_DEEPEST_PARAM = 4
_IMPORTED = Text("利用組織が取り込んだもの。中身は確かめていない。", "Imported by the organization; contents not checked.")
_INSERT = re.compile(r"\{\{\s*(?:insert:\s*)?param,?\s*([^\s{}|]+)\s*\}\}|\{\{\s*([^\s{}|,]+)\s*\}\}")
_VERSIONS = ("1.0", "1.1", "1.2")

_CATALOG_FIELDS = {"uuid", "metadata", "params", "controls", "groups", "back-matter"}
_GROUP_FIELDS = {"id", "class", "title", "params", "props", "links", "parts", "groups", "controls"}
_CONTROL_FIELDS = {"id", "class", "title", "params", "props", "links", "parts", "controls"}
_METADATA_FIELDS = {
    "title",
    "published",
    "last-modified",
    "version",
    "oscal-version",
    "revisions",
    "document-ids",
    "props",
    "links",
    "roles",
    "locations",
    "parties",
    "responsible-parties",
    "actions",
    "remarks",
}

_Object = dict[str, msgspec.Raw]


_Params = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the file: path, depth, the parent's id and the parameters in force."""

    path: str
    params: _Params
    parent: str | None = None
    depth: int = 1

    def below(self, path: str, parent: str, params: _Params) -> _Place:
        """The place one level down."""
        return _Place(path, params, parent, self.depth + 1)


@dataclass(slots=True)
class _Reading:
    """What is gathered while reading one file."""

    filename: str
    problems: list[Problem] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    unresolved: set[str] = field(default_factory=set)
    groups: list[Group] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    versions: list[str] = field(default_factory=list)

    def problem(self, code: str, path: str, /, **fields: Any) -> None:
        """Keep one problem with its path."""
        self.problems.append(Problem(f"standards.{code}", fields, self.filename, column=path))

    def skip_unknown(self, keys: set[str], known: set[str], where: str) -> None:
        """Count the fields that this reader does not know."""
        self.unknown.update(f"{where}.{key}" for key in keys - known)


def read_oscal_catalog(untrusted: bytes | Path, *, filename: str) -> Catalog:
    """The catalogue in an OSCAL JSON file.

    Args:
        untrusted: the file's bytes, or its path.
        filename: its name, for messages and for the catalogue's id.

    Returns:
        The catalogue; its texts stand in both languages as they are, its facts are marked ``user``. ``warnings`` are
        sentences' codes with their field (``code|field|count``).

    Raises:
        InputError: ``standards.oscal_bad`` with every place (file, path, expected), or the file is too large or not JSON.
    """
    content = _content(untrusted, filename)
    reading = _Reading(filename)
    root = _root(content, filename)
    metadata = _metadata(reading, root)
    params = _params(reading, root.get("params"), "catalog.params", {})
    _walk(reading, root, _Place("catalog", params))
    if not reading.rows and not reading.problems:
        reading.problem("oscal_empty", "catalog")
    if reading.problems:
        shown = reading.problems[:_MAX_PROBLEMS]
        if len(reading.problems) > _MAX_PROBLEMS:
            shown.append(Problem("standards.too_many_problems", {"limit": _MAX_PROBLEMS}, filename))
        raise InputError("standards.oscal_bad", problems=tuple(shown), filename=filename, count=len(reading.problems))
    return _catalog(reading, metadata)


def _content(untrusted: bytes | Path, filename: str) -> bytes:
    size = untrusted.stat().st_size if isinstance(untrusted, Path) else len(untrusted)
    if size > MAX_BYTES:
        fields = {"size": size, "limit": MAX_BYTES}
        raise InputError("standards.file_too_large", problems=(Problem("standards.file_too_large", fields, filename),), **fields)
    content = untrusted.read_bytes() if isinstance(untrusted, Path) else untrusted
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise InputError("standards.not_utf8", problems=(Problem("standards.not_utf8", {}, filename, row),)) from error
    return content.removeprefix(b"\xef\xbb\xbf")


def _root(content: bytes, filename: str) -> _Object:
    """The members of the ``catalog`` object, undecoded."""
    try:
        outer = msgspec.json.decode(content, type=_Object)
        if "catalog" not in outer:
            found = ", ".join(list(outer)[:5]) or "{}"
            problem = Problem("standards.oscal_not_catalog", {"found": found[:200]}, filename)
            raise InputError("standards.oscal_not_catalog", problems=(problem,), found=found[:200])
        return msgspec.json.decode(outer["catalog"], type=_Object)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = str(error)[:200] or type(error).__name__
        problem = Problem("standards.oscal_not_json", {"message": message}, filename)
        raise InputError("standards.oscal_not_json", problems=(problem,), message=message) from error


def _decode(reading: _Reading, raw: msgspec.Raw, kind: Any, path: str, expected: str) -> Any:
    """``raw`` as ``kind``, or None after noting the problem."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        reading.problem("oscal_wrong_type", path, path=path, expected=expected)
    except RecursionError:
        reading.problem("too_deep", path, limit=_MAX_DEPTH)
    return None


def _metadata(reading: _Reading, root: _Object) -> dict[str, Any]:
    reading.skip_unknown(set(root), _CATALOG_FIELDS, "catalog")
    raw = root.get("metadata")
    if raw is None:
        reading.problem("oscal_missing", "catalog", path="catalog", field="metadata")
        return {}
    metadata: dict[str, Any] = _decode(reading, raw, dict[str, Any], "catalog.metadata", "object") or {}
    reading.skip_unknown(set(metadata), _METADATA_FIELDS, "metadata")
    if metadata and not _text(metadata.get("title")):
        reading.problem("oscal_missing", "catalog.metadata", path="catalog.metadata", field="title")
    version = _text(metadata.get("oscal-version"))
    if not version.startswith(_VERSIONS):
        reading.versions.append(version or "?")
    return metadata


def _text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _walk(reading: _Reading, node: _Object, place: _Place) -> None:
    """Controls and groups under ``node``, in the order of the file."""
    if place.depth > _MAX_DEPTH:
        reading.problem("too_deep", place.path, limit=_MAX_DEPTH)
        return
    for key, read in (("controls", _control), ("groups", _group)):
        if key in node:
            path = f"{place.path}.{key}"
            rows = _decode(reading, node[key], list[msgspec.Raw], path, "array") or []
            for index, raw in enumerate(rows):
                if len(reading.rows) >= MAX_REQUIREMENTS:
                    reading.problem("too_many_requirements", path, limit=MAX_REQUIREMENTS)
                    return
                read(reading, raw, replace(place, path=f"{path}.{index}"))


def _group(reading: _Reading, raw: msgspec.Raw, place: _Place) -> None:
    node = _decode(reading, raw, _Object, place.path, "object")
    if node is None:
        return
    reading.skip_unknown(set(node), _GROUP_FIELDS, "group")
    group_id = _text(_decode(reading, node["id"], Any, place.path, "string")) if "id" in node else ""
    title = _text(_decode(reading, node["title"], Any, place.path, "string")) if "title" in node else ""
    # OSCAL lets a group go without an id; ours needs one, and the path is stable within the file.
    group_id = f"group:{group_id or place.path}"
    if group_id in reading.seen:
        reading.problem("duplicate_id", place.path, id=group_id.removeprefix("group:"))
    reading.seen.add(group_id)
    reading.groups.append(Group(group_id, Text(title or group_id, title or group_id), place.parent))
    params = _params(reading, node.get("params"), f"{place.path}.params", place.params)
    _walk(reading, node, place.below(place.path, group_id, params))


def _control(reading: _Reading, raw: msgspec.Raw, place: _Place) -> None:
    node = _decode(reading, raw, _Object, place.path, "object")
    if node is None:
        return
    reading.skip_unknown(set(node), _CONTROL_FIELDS, "control")
    values = {
        key: _decode(reading, node[key], Any, f"{place.path}.{key}", "JSON")
        for key in ("id", "title", "class", "props", "links", "parts")
        if key in node
    }
    control_id, title = _text(values.get("id")), _text(values.get("title"))
    for name, value in (("id", control_id), ("title", title)):
        if not value:
            reading.problem("oscal_missing", place.path, path=place.path, field=name)
    if control_id and control_id in reading.seen:
        reading.problem("duplicate_id", place.path, id=control_id)
    reading.seen.add(control_id)
    params = _params(reading, node.get("params"), f"{place.path}.params", place.params)
    if control_id and title:
        row = _row(reading, values, params)
        reading.rows.append({**row, "id": control_id, "title": Text(title, title), "parent": place.parent})
    if "controls" in node:
        _walk(reading, {"controls": node["controls"]}, place.below(place.path, control_id, params))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _row(reading: _Reading, values: dict[str, Any], params: _Params) -> dict[str, Any]:
    """The fields of one Requirement, but for id, title and parent."""
    props = _objects(values.get("props"))
    named = {_text(p.get("name")): _text(p.get("value")) for p in reversed(props)}
    withdrawn = named.get("status", "").casefold() == "withdrawn"
    parts = _objects(values.get("parts"))
    statement = [part for part in parts if part.get("name") == "statement"]
    lines = [line for part in statement for line in _lines(reading, part, params, 0)]
    guidance = " ".join(
        line for part in parts if part.get("name") in {"guidance", "overview"} for line in _lines(reading, part, params, 0)
    )
    prose, title = " ".join(lines), _text(values.get("title"))
    summary = Text("廃止", "Withdrawn") if withdrawn and not prose else Text(prose or title, prose or title)
    links = [
        ("split" if link.get("rel") == "moved-to" else "merged", _text(link.get("href")).removeprefix("#"))
        for link in _objects(values.get("links"))
        if link.get("rel") in {"moved-to", "incorporated-into"}
    ]
    labels = [p for p in props if p.get("name") == "label" and _text(p.get("value"))]
    # Some files carry a zero-padded twin of each label under a class of its own.
    label = _text(min(labels, key=lambda p: "class" in p)["value"]) if labels else ""
    return {
        "summary": summary,
        "assessable": not withdrawn,
        "attributes": {"label": (label,)} if label else {},
        "points": tuple(_points(reading, statement, params)),
        "note": Text(guidance, guidance) if guidance else None,
        "mappings": tuple((relation, target) for relation, target in links if target),
    }


def _label(part: dict[str, Any]) -> str:
    return next((_text(p.get("value")) for p in _objects(part.get("props")) if p.get("name") == "label"), "")


def _lines(reading: _Reading, part: dict[str, Any], params: _Params, depth: int) -> list[str]:
    if depth > _MAX_DEPTH:
        return []
    prose = _fill(reading, _text(part.get("prose")), params)
    own = [" ".join(word for word in (_label(part), prose) if word)] if prose else []
    return own + [line for child in _objects(part.get("parts")) for line in _lines(reading, child, params, depth + 1)]


def _points(reading: _Reading, statement: list[dict[str, Any]], params: _Params) -> list[Point]:
    items = [child for part in statement for child in _objects(part.get("parts"))]
    points = []
    for number, item in enumerate(items, 1):
        text = " ".join(_lines(reading, {**item, "props": []}, params, 0))
        if text:
            points.append(Point(_label(item) or str(number), Text(text, text)))
    return points


def _params(reading: _Reading, raw: msgspec.Raw | None, path: str, outer: _Params) -> _Params:
    """The parameters in force below a node: its own over those above it."""
    if raw is None:
        return outer
    own = _decode(reading, raw, list[dict[str, Any]], path, "array of objects") or []
    return {**outer, **{_text(param.get("id")): param for param in own if _text(param.get("id"))}}


def _fill(reading: _Reading, prose: str, params: _Params, depth: int = 0) -> str:
    """``prose`` with each parameter replaced by its value, choice or label."""
    if "{{" not in prose:
        return prose

    def put(match: re.Match[str]) -> str:
        name = (match[1] or match[2]).strip()
        param = params.get(name)
        if param is None or depth > _DEEPEST_PARAM:
            reading.unresolved.add(name)
            return f"[{name}]"
        return _fill(reading, _value(param, name), params, depth + 1)

    return _INSERT.sub(put, prose)


def _value(param: dict[str, Any], name: str) -> str:
    values = [_text(v) for v in param.get("values") or [] if _text(v)] if isinstance(param.get("values"), list) else []
    if values:
        return ", ".join(values)
    select = param.get("select")
    if isinstance(select, dict) and isinstance(select.get("choice"), list):
        choices = "; ".join(_text(choice) for choice in select["choice"] if _text(choice))
        how_many = " (one or more)" if select.get("how-many") == "one-or-more" else ""
        return f"[Selection{how_many}: {choices}]"
    return f"[{_text(param.get('label')) or name}]"


def _catalog(reading: _Reading, metadata: dict[str, Any]) -> Catalog:
    title = _text(metadata.get("title"))
    stem = re.sub(r"[^a-z0-9]+", "_", Path(reading.filename).stem.casefold()).strip("_") or "oscal"
    parties = [name for party in _objects(metadata.get("parties")) if (name := _text(party.get("name")))]
    issuer = parties[0] if parties else ""
    unit = Text("管理策", "control")
    ids = {row["id"] for row in reading.rows}
    rows = []
    for position, row in enumerate(reading.rows):
        # A link may point at a part of a control (ac-2_smt.k): the control is meant.
        targets = [(relation, target if target in ids else target.split("_")[0]) for relation, target in row["mappings"]]
        ties = tuple(Mapping(stem, (target,), relation, "user") for relation, target in targets if target in ids)
        rows.append(
            Requirement(**{**row, "mappings": ties}, unit=unit, position=position, confidence="high", verified={"all": "user"})
        )
    warnings = [f"standards.oscal_unknown_field|{name}|{count}" for name, count in sorted(reading.unknown.items())]
    warnings += [f"standards.oscal_unresolved_param|{name}|1" for name in sorted(reading.unresolved)]
    warnings += [f"standards.oscal_version|{version}|1" for version in reading.versions]
    labels = sorted({label for row in reading.rows for label in row["attributes"].get("label", ())})
    return Catalog(
        id=stem,
        edition=_text(metadata.get("version")) or "1",
        title=Text(title, title),
        issuer=Text(issuer or "不明", issuer or "unknown"),
        unit=unit,
        status="current",
        source=Source((reading.filename,), _text(metadata.get("last-modified"))[:10], issuer),
        confidence="high",
        confidence_note=Text(
            "利用組織が取り込んだもの。中身は確かめていない。", "Imported by the organization; its contents were not checked."
        ),
        requirements=tuple(rows),
        groups=tuple(reading.groups),
        attribute_titles={"label": Text("番号", "Label")} if labels else {},
        vocabulary={"label": {label: Text(label, label) for label in labels}} if labels else {},
        warnings=tuple(warnings),
    )


_WARNING_FIELD = {"oscal_unknown_field": "field", "oscal_unresolved_param": "param", "oscal_version": "version"}


def warnings_of(catalog: Catalog) -> tuple[Problem, ...]:
    """What the reader skipped or could not resolve, as Problems to show beside the preview of an import."""
    found = []
    for warning in catalog.warnings:
        code, _, rest = warning.partition("|")
        value, _, count = rest.rpartition("|")  # the value itself may hold the separator
        field_name = _WARNING_FIELD[code.removeprefix("standards.")]
        found.append(Problem(code, {field_name: value, "count": count}, catalog.source.documents[0]))
    return tuple(found)
