"""``sekisho manage`` hands everything that follows to Django."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from sekisho.cli import manage

app = typer.Typer()
app.command(name="manage", **manage.SETTINGS)(manage.command)


@pytest.mark.parametrize(
    "arguments",
    [["migrate", "--plan", "-v", "0"], ["help", "migrate"], ["--help"], ["shell", "-c", "print(1)"], []],
)
def test_every_argument_reaches_django_as_written(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    seen: list[Any] = []
    monkeypatch.setattr("django.core.management.execute_from_command_line", seen.append)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert seen == [["sekisho manage", *arguments]]
