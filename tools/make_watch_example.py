"""Make ``examples/watch``: five weeks of logs of the fictional city みなも市, with incidents planted in them.

The demonstration makes the same logs anew, ending now; these end on a fixed day, for trying the command line.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bootstrap import ROOT

sys.path.insert(0, str(ROOT / "src"))

from sekisho.web import watch_example

END: Final = datetime(2026, 11, 30, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


def main(folder: Path) -> None:
    """Write all files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = watch_example.make(end=END)
    files = {
        "auth.log": made.auth,
        "access.log": made.proxy,
        "door.csv": made.door,
        "messages.log": made.server,
        "metrics.csv": made.metrics,
        "premises.csv": watch_example.PREMISES,
        "own-rules.yml": watch_example.SIGMA,
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "examples" / "watch")
