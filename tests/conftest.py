"""What all tests share: no sockets unless a marker asks for them, and an installation's home of their own."""

from __future__ import annotations

import dataclasses
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import hypothesis
import messages
import pytest
import pytest_socket
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAY_OPEN_SOCKETS = ("network", "redis", "browser")


def pytest_configure() -> None:
    """The pages' English is compiled when its source is newer; no property test fails for having been slow."""
    messages.compile_all()
    hypothesis.settings.register_profile("noisy", parent=hypothesis.settings.default, deadline=None)
    hypothesis.settings.load_profile("noisy")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Sockets stay shut, but for tests that say what they need them for (and then only to this machine)."""
    if any(item.get_closest_marker(name) for name in _MAY_OPEN_SOCKETS):
        pytest_socket.enable_socket()
        pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    else:
        pytest_socket.disable_socket(allow_unix_socket=True)


@pytest.fixture(scope="session", autouse=True)
def _ledger_can_be_emptied_between_tests() -> None:
    """Tests with real transactions empty all tables afterwards, which the ledger's triggers refuse: they rest meanwhile."""
    from django.db.backends.postgresql import base as postgres
    from django.db.backends.sqlite3 import base as sqlite

    for operations in (sqlite.DatabaseWrapper.ops_class, postgres.DatabaseWrapper.ops_class):
        plain = operations.execute_sql_flush

        def flush(self: Any, sql_list: list[str], plain: Any = plain) -> None:
            with _without_triggers(self.connection):
                plain(self, sql_list)

        operations.execute_sql_flush = flush


@contextmanager
def _without_triggers(connection: Any) -> Iterator[None]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            cursor.execute("SET session_replication_role = replica")
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for _name, sql in triggers:
                cursor.execute(sql)
        else:
            cursor.execute("SET session_replication_role = DEFAULT")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test about one database's own behaviour is no test of the other: it is not collected there, rather than skipped."""
    vendor = "sqlite" if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") else "postgresql"
    foreign = "only_postgresql" if vendor == "sqlite" else "only_sqlite"
    elsewhere = [item for item in items if item.get_closest_marker(foreign)]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no home of the test settings behind. Parallel workers share the main process's, which is the last to end."""
    home = os.environ.get("SEKISHO_HOME", "")
    if "sekisho-test-" in home and not hasattr(config, "workerinput"):
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def home(settings, tmp_path: Path) -> Iterator[Path]:
    """An installation's home (store, keys) for one test."""
    settings.CONFIG = dataclasses.replace(settings.CONFIG, home=tmp_path)
    return tmp_path
