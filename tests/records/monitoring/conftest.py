"""What the tests of the room share."""

from __future__ import annotations

import pytest
from tests.records.monitoring.logs import Town


@pytest.fixture
def town(home: object) -> Town:
    """A town with an officer and a source of log-ins, in a home of its own."""
    del home
    return Town()
