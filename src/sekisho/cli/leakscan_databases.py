"""``sekisho leakscan --database``: the password from a file or the environment, one table after the other."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sekisho.cli.leakscan_run import Asked
    from sekisho.engines.leakscan.places.model import PlaceScan, Summary
    from sekisho.engines.leakscan.places.run import Progress

__all__ = ["PASSWORD_VARIABLE", "scans"]

PASSWORD_VARIABLE = "SEKISHO_DATABASE_PASSWORD"  # noqa: S105 - a name, not a password


def scans(asked: Asked, summary: Summary, tell: Callable[[Progress], None]) -> Iterator[PlaceScan]:
    """The result of every table of every database."""
    from sekisho.engines.leakscan.places.databases import Database
    from sekisho.engines.leakscan.places.run import Progress
    from sekisho.engines.leakscan.places.scanning import prepared

    password = os.environ.get(PASSWORD_VARIABLE, "")
    if asked.password_file is not None:
        password = asked.password_file.read_text(encoding="utf-8").rstrip("\r\n")
    for address in asked.databases:
        database = Database(address, password, asked.tables, asked.sample, random.SystemRandom().random)
        with tempfile.TemporaryDirectory(prefix="sekisho-leakscan-") as spools:
            for scan in database.scans(prepared(asked.settings), Path(spools)):
                summary.add(scan)
                tell(Progress(summary.looked_at, summary.size, summary.findings, scan.path))
                yield scan
        asked.problems += database.problems
