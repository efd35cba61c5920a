"""Sources of tables: CSV, Parquet, XLSX, JSON lines, SQLite, PostgreSQL, and folders of files."""

from __future__ import annotations

from pathlib import Path

from sekisho.engines.masking.places import kind_of
from sekisho.engines.masking.tables import Reading, Source
from sekisho.errors import NotFound

__all__ = ["open_source"]


def open_source(location: str | Path, reading: Reading | None = None) -> Source:
    """The tables at a location: a file, a folder, or ``postgresql://user@host/database?schema=name``.

    Raises:
        NotFound: there is no such file.
        InputError: it cannot be read as tables; file, row and column are named, no value is.
        Unavailable: the database cannot be reached.
    """
    text, how = str(location), reading or Reading()
    kind = kind_of(text)
    if kind == "postgresql":
        from sekisho.engines.masking.sources.postgres import PostgresSource  # noqa: PLC0415 - SQLAlchemy only where it is used

        return PostgresSource(text, how)
    path = Path(text.removeprefix("sqlite:///")) if text.startswith("sqlite://") else Path(text)
    if not path.exists():
        raise NotFound("masking_runs.source_missing", location=text)
    if kind == "folder":
        from sekisho.engines.masking.sources.several import FolderSource  # noqa: PLC0415

        return FolderSource(path, how, _file)
    return _file(path, how)


def _file(path: Path, reading: Reading) -> Source:
    kind = kind_of(str(path))
    # Each reader's library loads only where such a file is read.
    if kind == "csv":
        from sekisho.engines.masking.sources.csvfile import CsvSource  # noqa: PLC0415

        return CsvSource(path, reading)
    if kind == "parquet":
        from sekisho.engines.masking.sources.parquetfile import ParquetSource  # noqa: PLC0415

        return ParquetSource(path, reading)
    if kind == "jsonl":
        from sekisho.engines.masking.sources.jsonlines import JsonLinesSource  # noqa: PLC0415

        return JsonLinesSource(path, reading)
    if kind == "xlsx":
        from sekisho.engines.masking.sources.workbook import XlsxSource  # noqa: PLC0415

        return XlsxSource(path, reading)
    from sekisho.engines.masking.sources.sqlitefile import SqliteSource  # noqa: PLC0415

    return SqliteSource(path, reading)
