"""What the tests of the room share."""

from __future__ import annotations

import pytest
from tests.records.lifecycle.care import CareTown


@pytest.fixture
def town(home: object) -> CareTown:
    """A town in a home of its own."""
    del home
    return CareTown()
