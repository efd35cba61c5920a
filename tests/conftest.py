"""What all tests share: no sockets unless a marker asks for them, and an installation's home of their own."""

from __future__ import annotations

import dataclasses
import os
import shutil
from typing import TYPE_CHECKING

import messages
import pytest
import pytest_socket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAY_OPEN_SOCKETS = ("network", "redis", "browser")


def pytest_configure() -> None:
    """The pages' English is compiled when its source is newer."""
    messages.compile_all()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Sockets stay shut, but for tests that say what they need them for (and then only to this machine)."""
    if any(item.get_closest_marker(name) for name in _MAY_OPEN_SOCKETS):
        pytest_socket.enable_socket()
        pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    else:
        pytest_socket.disable_socket(allow_unix_socket=True)


def pytest_unconfigure() -> None:
    """Leave no home of the test settings behind."""
    home = os.environ.get("SEKISHO_HOME", "")
    if "sekisho-test-" in home:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def home(settings, tmp_path: Path) -> Iterator[Path]:
    """An installation's home (store, keys) for one test."""
    settings.CONFIG = dataclasses.replace(settings.CONFIG, home=tmp_path)
    return tmp_path
