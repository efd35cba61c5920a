"""Files that leave a request: always attachments, never shown within our own origin, kept by no cache."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Final, cast

from django.http import FileResponse, HttpResponse
from django.utils.http import content_disposition_header

from sekisho.records.tabular import CSV_TYPE, XLSX_TYPE, write_csv, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sekisho.records.tabular import Column

__all__ = ["attachment", "safe_file_name", "table_attachment"]

_NAME_WIDTH: Final = 200
_FORBIDDEN: Final = re.compile(r'[\\/:*?"<>|]+')
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


def safe_file_name(untrusted: str) -> str:
    """A file name that is only a name: no folders, no control or direction-changing characters, not hidden, of bounded length."""
    last = re.split(r"[\\/]", untrusted)[-1]
    kept = "".join(
        c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    kept = _FORBIDDEN.sub("_", kept).strip(" .")
    ending = PurePosixPath(kept).suffix[:20]
    if len(kept) > _NAME_WIDTH:
        kept = kept[: _NAME_WIDTH - len(ending)] + ending
    return kept or "document"


def attachment(data: bytes | str | IO[bytes], *, name: str, media_type: str) -> HttpResponse:
    """A file to keep, under ``name`` made safe (RFC 6266: Japanese names arrive whole). An open file is streamed and closed."""
    response = (
        HttpResponse(data, content_type=media_type)
        if isinstance(data, bytes | str)
        # Not a subclass in Django, but what a view or an operation may answer just as well.
        else cast("HttpResponse", FileResponse(data, content_type=media_type))
    )
    disposition = content_disposition_header(as_attachment=True, filename=safe_file_name(name))
    for header, value in {**_HEADERS, "Content-Disposition": disposition}.items():
        response[header] = value
    return response


def table_attachment(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, form: str, title: str, name: str, language: str
) -> HttpResponse:
    """A list as a file: ``form`` is xlsx (its sheet named ``title``), cp932 or csv (UTF-8); ``name`` is without ending.

    Raises InputError for CP932 as :func:`sekisho.records.tabular.write_csv`.
    """
    if form == "xlsx":
        return attachment(write_xlsx(columns, rows, title=title, language=language), name=f"{name}.xlsx", media_type=XLSX_TYPE)
    encoding = "cp932" if form == "cp932" else "utf-8-sig"
    content = write_csv(columns, rows, language=language, encoding=encoding, name=title)
    return attachment(content, name=f"{name}.csv", media_type=CSV_TYPE)
