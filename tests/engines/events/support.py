"""What the tests of events share: reading bytes as if they were a file, and the rows that come out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sekisho.engines.events import Batch, Options, Reject, Report, read

REFERENCE = datetime(2026, 1, 6, tzinfo=UTC)
JAPAN = ZoneInfo("Asia/Tokyo")


class Result:
    """Batches, rows (without what is null, sorted by record) and the report of one reading."""

    def __init__(self, batches: list[Batch], report: Report, rejects: list[Reject]) -> None:
        self.batches = batches
        self.report = report
        self.rejects = rejects
        self.rows: list[dict[str, Any]] = []
        for batch in batches:
            for row in batch.table.to_pylist():
                said = {name: value for name, value in row.items() if value is not None}
                self.rows.append({"partition": batch.partition, **said})
        self.rows.sort(key=lambda row: (row["_file"], row["_record"]))

    @property
    def fields(self) -> list[dict[str, str]]:
        return [{n: v for n, v in row.items() if not n.startswith("_") and n != "partition"} for row in self.rows]

    @property
    def codes(self) -> list[str]:
        return [one.code.removeprefix("events.") for one in self.rejects]


def read_paths(*paths: Path, **options: Any) -> Result:
    rejects: list[Reject] = []
    report = Report(on_reject=rejects.append)
    chosen = Options(**{"zone": JAPAN, "reference": REFERENCE, **options})
    return Result(list(read(list(paths), chosen, report)), report, rejects)


def read_bytes(folder: Path, content: bytes | str, name: str = "a.log", **options: Any) -> Result:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_paths(path, **options)
