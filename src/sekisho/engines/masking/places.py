"""Where tables lie: what a location names, and whether two locations are the same thing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from sekisho.errors import InputError

__all__ = ["FORMATS", "file_identity", "is_url", "kind_of", "shown_url"]

FORMATS: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
}
"""Kinds of files by their ending."""

_URL: Final = re.compile(r"(?P<scheme>postgres(?:ql)?(?:\+[a-z0-9]+)?|sqlite)://", re.ASCII)


def is_url(location: str) -> bool:
    """Whether a location is the URL of a database."""
    return bool(_URL.match(location))


def shown_url(location: str) -> str:
    """The location without its password, as it may be shown and kept."""
    return re.sub(r"(://[^/@:]*):[^@/]*@", r"\1:***@", re.sub(r"(?i)([?&]password=)[^&]*", r"\1***", location))


def kind_of(location: str) -> str:
    """csv, parquet, xlsx, jsonl, sqlite, postgresql or folder. Raises InputError ``masking_runs.kind_unknown``."""
    match = _URL.match(location)
    if match:
        return "sqlite" if match["scheme"] == "sqlite" else "postgresql"
    path = Path(location)
    kind = FORMATS.get(path.suffix.lower())
    if path.is_dir() or (kind is None and not path.suffix and not path.exists()):
        return "folder"
    if kind is None:
        raise InputError("masking_runs.kind_unknown", location=location, known=", ".join(FORMATS))
    return kind


def file_identity(path: Path) -> str:
    """A file by device and inode where it exists (hard links and symbolic links are one file), else by its resolved path."""
    try:
        found = os.stat(path)  # noqa: PTH116 - follows links, which is the point
    except FileNotFoundError:
        return f"path:{path.resolve()}"
    return f"file:{found.st_dev}:{found.st_ino}"
