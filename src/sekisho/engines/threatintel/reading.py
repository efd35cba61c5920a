"""One door for all forms: which form a file has, and its reader."""

# ruff: noqa: PLR2004 - lengths of lines
from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from sekisho.engines.threatintel.articles import read_articles
from sekisho.engines.threatintel.listed import SCHEMA, Mapped, read_csv, read_list, read_own
from sekisho.engines.threatintel.misp import read_misp
from sekisho.engines.threatintel.notice import Notice, read_notice
from sekisho.engines.threatintel.stix import read_stix
from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sekisho.engines.detection.indicators import Own
    from sekisho.engines.threatintel.model import Reading

__all__ = ["Form", "form_of", "read"]


class Form(StrEnum):
    """Forms of threat information that can be read."""

    SEKISHO = "sekisho"
    STIX = "stix"
    MISP = "misp"
    CSV = "csv"
    LIST = "list"
    RSS = "rss"
    NOTICE = "notice"


def form_of(untrusted: bytes, filename: str) -> Form:
    """The form of a file, by its ending and its beginning. Raises InputError ``threatintel.form_unknown``."""
    ending = filename.lower().rpartition(".")[2]
    head = untrusted[:65_536].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in {b"{", b"["}:
        return _json_form(head, filename)
    if re.match(rb"<(?:\?xml|rss|feed|rdf:RDF|!)", head, re.IGNORECASE) and ending not in {"html", "htm"}:
        return Form.RSS
    if ending in {"csv", "tsv"}:
        return Form.CSV
    if ending == "eml":
        return Form.NOTICE
    return Form.NOTICE if _is_prose(head) else Form.LIST


def _json_form(head: bytes, filename: str) -> Form:
    if SCHEMA.encode() in head:
        return Form.SEKISHO
    if b'"Event"' in head:
        return Form.MISP
    if re.search(rb'"type"\s*:\s*"bundle"', head) or b'"bundle--' in head or b'"spec_version"' in head:
        return Form.STIX
    raise InputError("threatintel.form_unknown", file=filename, expected=", ".join(Form))


def _is_prose(head: bytes) -> bool:
    """Whether lines are sentences rather than one value each."""
    lines = [line.split(b"#", 1)[0].strip() for line in head.splitlines()[:-1] or head.splitlines()]
    lines = [line for line in lines if line]
    values = sum(1 for line in lines if len(line) < 300 and not re.search(rb"\s", line) and re.search(rb"[.:0-9*]", line))
    return values < 0.8 * len(lines) if lines else True


def read(
    untrusted: bytes,
    *,
    filename: str,
    form: Form | None = None,
    source: str = "",
    own: Own | None = None,
    mapping: Mapped | None = None,
) -> Reading | Notice:
    """Read threat information of any known form. A notice comes back as candidates that a person confirms."""
    chosen = form_of(untrusted, filename) if form is None else form
    readers: dict[Form, Callable[[], Reading | Notice]] = {
        Form.NOTICE: lambda: read_notice(untrusted, filename=filename, own=own),
        Form.RSS: lambda: read_articles(untrusted, filename=filename),
        Form.CSV: lambda: read_csv(untrusted, filename=filename, mapping=mapping, source=source, own=own),
        Form.LIST: lambda: read_list(untrusted, filename=filename, source=source, own=own),
        Form.SEKISHO: lambda: read_own(untrusted, filename=filename, own=own),
        Form.MISP: lambda: read_misp(untrusted, filename=filename, source=source, own=own),
        Form.STIX: lambda: read_stix(untrusted, filename=filename, source=source, own=own),
    }
    return readers[chosen]()
