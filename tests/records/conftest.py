"""The rooms' tests live on the day of the factories: what is fresh or overdue there must not depend on the day of the run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from tests.records.factories import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _an_hour_after_the_factories_now(request: pytest.FixtureRequest) -> Iterator[None]:
    """The clock that the doors read; it goes on. Tests that start processes keep the machine's."""
    if request.node.get_closest_marker("machine_clock"):
        yield
        return
    with time_machine.travel(NOW + timedelta(hours=1), tick=True):
        yield
