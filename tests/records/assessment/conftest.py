"""The small town that the tests of this room live in."""

from __future__ import annotations

import pytest
from tests.records.assessment.town import Town


@pytest.fixture
def town(db) -> Town:
    return Town()
