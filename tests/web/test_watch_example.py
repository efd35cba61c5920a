"""The fictional city's logs: the same every time, and those in ``examples/watch`` are those that the generator makes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from sekisho.web import watch_example

_FOLDER: Final = Path(__file__).parents[2] / "examples" / "watch"
_END: Final = datetime(2026, 11, 30, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))  # as tools/make_watch_example.py


@pytest.fixture(scope="module")
def made() -> watch_example.Example:
    return watch_example.make(end=_END)


@pytest.mark.parametrize(
    ("name", "part"),
    [("auth.log", "auth"), ("access.log", "proxy"), ("door.csv", "door"), ("messages.log", "server"), ("metrics.csv", "metrics")],
)
def test_the_example_is_what_the_generator_makes(name: str, part: str, made: watch_example.Example) -> None:
    assert (_FOLDER / name).read_bytes() == getattr(made, part)


def test_another_seed_makes_other_logs(made: watch_example.Example) -> None:
    assert watch_example.make(end=_END, seed=1).auth != made.auth
