"""A pytest plugin (``-p pytest_database_only``) that keeps only the tests that use the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback", "live_server"}


def uses_database(item: pytest.Item) -> bool:
    """Whether the test has the ``django_db`` mark or one of pytest-django's database fixtures."""
    return item.get_closest_marker("django_db") is not None or bool(DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Called by pytest after collection."""
    left = [item for item in items if not uses_database(item)]
    items[:] = [item for item in items if uses_database(item)]
    if left:
        config.hook.pytest_deselected(items=left)
