"""What the tests of deletions share."""

import os
from pathlib import Path

import pytest

from sekisho.engines.deletion import Stop


@pytest.fixture
def root(tmp_path):
    """A root without symbolic links in its path, with a small tree: 2019/{a.txt, b/c.txt, empty}, other.txt."""
    made = Path(os.path.realpath(tmp_path)) / "root"
    (made / "2019" / "b").mkdir(parents=True)
    (made / "2019" / "a.txt").write_text("secret a " * 100, encoding="utf-8")
    (made / "2019" / "b" / "c.txt").write_text("secret c", encoding="utf-8")
    (made / "2019" / "empty").touch()
    (made / "other.txt").write_text("stays", encoding="utf-8")
    return made


@pytest.fixture
def free():
    """No hold."""
    return lambda _target, _item: None


@pytest.fixture
def held_at():
    """A guard that stops when it is asked about a name."""

    def made(name):
        return lambda _target, item: Stop(code="deletion.held", fields={"hold": "訴訟1", "reason": "x"}) if item == name else None

    return made
