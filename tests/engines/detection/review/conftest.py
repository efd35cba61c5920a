"""Events of tests: made from the examples of the classes."""

import pytest

from sekisho.engines.detection.review.cases import batches_of
from sekisho.standards.watch_rules import Event, event_classes, watch_rules


def events(*rows):
    """Batches of events given as dictionaries."""
    return list(batches_of([Event(**row) for row in rows], event_classes()))


def rule(name):
    """One of our rules."""
    return watch_rules()[name]


@pytest.fixture
def rules():
    """All of our rules."""
    return watch_rules()
