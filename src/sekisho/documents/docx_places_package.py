"""Is a stranger's Word file safe to open? The archive, its parts, what it points to, and what runs in it (ECMA-376, OPC).

Nothing is unpacked to disk and nothing is fetched. Sizes are looked at before anything is read, and every XML part is parsed with
entities off before python-docx sees it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LARGEST_FILE", "LARGEST_TEMPLATE", "W", "checked_package", "parse_part"]

LARGEST_FILE: Final = 30 * 1024 * 1024
LARGEST_TEMPLATE: Final = 50 * 1024 * 1024
LARGEST_PART: Final = 30 * 1024 * 1024
MOST_PARTS: Final = 2000
TYPES: Final = "[Content_Types].xml"
W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_OFFICE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_TEMPLATE_TYPE: Final = f"{_OFFICE}template.main+xml"
_DOCUMENT_TYPE: Final = f"{_OFFICE}document.main+xml"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_FLAG: Final = 0x1
# What runs, or what Word would read in another format when it opens the file.
_ACTIVE_TYPES: Final = re.compile(r"macroenabled|vbaproject|vbadata|activex|ms-office\.intel|javascript|vbscript", re.IGNORECASE)
_ACTIVE_RELATIONS: Final = frozenset(
    {"vbaproject", "wordvbadata", "control", "activexcontrolbinary", "oleobject", "afchunk", "attachedtoolbars", "customui"}
)
_ACTIVE_NAMES: Final = re.compile(
    r"\.(docm|dotm|xlsm|xltm|xlam|xlsb|pptm|potm|ppsm|ppam|exe|dll|scr|com|bat|cmd|ps1|js|jse|vbs|vbe|wsf|hta|lnk|jar|mht|mhtml)$"
    r"|(^|/)vbaproject\.bin$|(^|/)activex/",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"(https?://[^\s/]|mailto:[^\s])", re.IGNORECASE)
_ABSOLUTE: Final = re.compile(r"^([a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)
_SPELLED: Final = "{}"
_FIELDS: Final = frozenset({"DDE", "DDEAUTO", "INCLUDE", "INCLUDEPICTURE", "INCLUDETEXT", "IMPORT", "LINK", "RD", "DATABASE"})


def checked_package(untrusted: bytes, *, filename: str) -> bytes:
    """The file as an ordinary document package (a .dotx becomes a .docx); otherwise untouched.

    Errors: InputError ``places.too_large``, ``places.too_many_parts``, ``places.encrypted``, ``places.not_a_zip``,
    ``places.not_word``, ``places.strict``, ``places.bad_names``, ``places.macros``, ``places.external``, ``places.doctype``,
    ``places.broken``; each names the file and the part.
    """
    if len(untrusted) > LARGEST_FILE:
        raise InputError("places.too_large", file=filename, size=len(untrusted), limit=LARGEST_FILE)
    if untrusted.startswith(_OLE):
        raise InputError("places.encrypted", file=filename)
    if filename.lower().endswith((".docm", ".dotm")):
        raise InputError("places.macros", file=filename, part=filename)
    try:
        source = zipfile.ZipFile(io.BytesIO(untrusted))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise InputError("places.not_a_zip", file=filename) from error
    with source:
        members = source.infolist()
        _check_members(members, filename)
        parts = {item.filename: _read(source, item, filename) for item in members if not item.is_dir()}
    xml = _check_types(parts, filename)
    roots = {name: parse_part(parts[name], name, filename) for name in xml}
    _check_relations(roots, filename)
    _check_fields(roots, filename)
    _check_main(roots, filename)
    if _TEMPLATE_TYPE.encode() not in parts[TYPES]:
        return untrusted
    parts[TYPES] = parts[TYPES].replace(_TEMPLATE_TYPE.encode(), _DOCUMENT_TYPE.encode())
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.items():
            out.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def parse_part(data: bytes, part: str, filename: str) -> Any:
    """The root element of an XML part: no entities, no DTD, nothing fetched, no giant trees."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        # lxml stops at a bomb of entities, too: with a DOCTYPE that is what we say.
        code = "places.doctype" if b"<!DOCTYPE" in data or b"<!ENTITY" in data else "places.broken"
        raise InputError(code, file=filename, part=part) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError("places.doctype", file=filename, part=part)
    return root


def _check_members(members: list[zipfile.ZipInfo], filename: str) -> None:
    if len(members) > MOST_PARTS:
        raise InputError("places.too_many_parts", file=filename, count=len(members), limit=MOST_PARTS)
    size = sum(item.file_size for item in members)
    if size > LARGEST_TEMPLATE or any(item.file_size > LARGEST_PART for item in members):
        raise InputError("places.too_large", file=filename, size=size, limit=LARGEST_TEMPLATE)
    if any(item.flag_bits & _ENCRYPTED_FLAG for item in members):
        raise InputError("places.encrypted", file=filename)
    seen: set[str] = set()
    problems = []
    for item in members:
        if item.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise InputError("places.broken", file=filename, part=item.filename)
        # zipfile cuts a name at NUL and turns the host's separator into "/": the original name counts.
        name = item.orig_filename
        pieces = name.replace("\\", "/").split("/")
        if "\\" in name or "\0" in name or ":" in name or name.startswith("/") or ".." in pieces or name.lower() in seen:
            problems.append(Problem("places.bad_name", {"part": name[:200]}, file=filename))
        seen.add(name.lower())
    if problems:
        raise InputError("places.bad_names", file=filename, problems=tuple(problems))


def _read(source: zipfile.ZipFile, item: zipfile.ZipInfo, filename: str) -> bytes:
    """A member's bytes; zipfile reads no more than the size that was checked, and checks the CRC."""
    try:
        return source.read(item)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise InputError("places.broken", file=filename, part=item.filename) from error


def _check_types(parts: dict[str, bytes], filename: str) -> list[str]:
    """Nothing that runs; a Word document among the types. Returns the parts that are XML, whatever their names end in."""
    if TYPES not in parts:
        raise InputError("places.not_word", file=filename)
    declared = {}
    for element in parse_part(parts[TYPES], TYPES, filename).iter(etree.Element):
        name, kind = element.get("PartName") or f".{element.get('Extension', '')}", element.get("ContentType", "")
        if _ACTIVE_TYPES.search(kind):
            raise InputError("places.macros", file=filename, part=name)
        declared[name.lstrip("/").lower()] = kind
    for name in parts:
        if _ACTIVE_NAMES.search(name):
            raise InputError("places.macros", file=filename, part=name)
    if not {_TEMPLATE_TYPE, _DOCUMENT_TYPE} & set(declared.values()):
        raise InputError("places.not_word", file=filename)
    office = {name for name, kind in declared.items() if "openxmlformats" in kind and kind.endswith("xml")}
    return [n for n in parts if n.lower().endswith((".xml", ".rels")) or {n.lower(), f".{n.lower().rpartition('.')[2]}"} & office]


def _check_relations(roots: dict[str, Any], filename: str) -> None:
    """No relationship leaves the file but a link to the web or to an e-mail address; none runs anything."""
    problems = []
    for part, root in roots.items():
        if not part.endswith(".rels"):
            continue
        for element in root.iter(etree.Element):
            kind = element.get("Type", "").rstrip("/").rpartition("/")[2]
            target = element.get("Target", "")
            if kind.lower() in _ACTIVE_RELATIONS:
                raise InputError("places.macros", file=filename, part=f"{part} ({kind})")
            outside = element.get("TargetMode", "").lower() == "external" or _ABSOLUTE.match(target)
            if outside and not (kind == "hyperlink" and (_ADDRESS.match(target) or target.startswith("#"))):
                fields = {"part": part, "kind": kind, "target": target[:200]}
                problems.append(Problem("places.external_target", fields, file=filename))
    if problems:
        raise InputError("places.external", file=filename, problems=tuple(problems))


def _check_fields(roots: dict[str, Any], filename: str) -> None:
    """No field or old drawing that fetches or starts something when Word opens the file (INCLUDEPICTURE, LINK, DDE …)."""
    problems = []
    for part, root in roots.items():
        found = [(words.split()[0].upper(), words) for words in _instructions(root) if words.split()]
        bad = [(first, words) for first, words in found if first in _FIELDS or first == _SPELLED]
        for element in root.iter("{urn:schemas-microsoft-com:vml}*"):
            address = element.get("src") or element.get("{urn:schemas-microsoft-com:office:office}href") or ""
            if _ABSOLUTE.match(address):
                bad.append((etree.QName(element).localname, address))
        for kind, words in bad:
            fields = {"part": part, "kind": kind, "target": " ".join(words.split())[:200]}
            problems.append(Problem("places.external_target", fields, file=filename))
    if problems:
        raise InputError("places.external", file=filename, problems=tuple(problems))


def _instructions(root: Any) -> Iterator[str]:  # noqa: C901 - one branch for each of Word's marks
    """The instruction of every field of a part; one whose first word another field spells out begins with ``_SPELLED``."""
    open_fields: list[list[str] | None] = []  # None: the instruction is over, what follows is the result
    for element in root.iter(f"{W}fldSimple", f"{W}fldChar", f"{W}instrText"):
        kind = element.get(f"{W}fldCharType")
        words = open_fields[-1] if open_fields else None
        if element.tag == f"{W}fldSimple":
            yield element.get(f"{W}instr", "")
        elif element.tag == f"{W}instrText":
            if words is None:
                yield element.text or ""
            else:
                words.append(element.text or "")
        elif kind == "begin":
            if words is not None and re.fullmatch(r"\s*[A-Za-z]*", "".join(words)):
                words.insert(0, f"{_SPELLED} ")
            open_fields.append([])
        elif open_fields:
            if words is not None:
                yield "".join(words)
            open_fields[-1] = None
            if kind == "end":
                open_fields.pop()
    for left in open_fields:
        yield "".join(left or ())


def _check_main(roots: dict[str, Any], filename: str) -> None:
    """The package leads to one main part, and that is a Word document with a body."""
    package = roots.get("_rels/.rels")
    targets = [] if package is None else [e for e in package.iter(etree.Element) if e.get("Type", "").endswith("/officeDocument")]
    if any("purl.oclc.org" in element.get("Type", "") for element in targets):
        raise InputError("places.strict", file=filename)
    main = targets[0].get("Target", "").lstrip("/") if len(targets) == 1 else ""
    root = roots.get(main)
    if root is None or root.tag != f"{W}document" or root.find(f"{W}body") is None:
        raise InputError("places.not_word", file=filename)
