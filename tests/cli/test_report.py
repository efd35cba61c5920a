"""sekisho report and sekisho trace: what they print, write and refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.records.factories import NOW, make_organization
from typer.testing import CliRunner

from sekisho.cli import report, trace
from sekisho.cli.main import app
from sekisho.errors import InputError, NotFound
from sekisho.records.measurement import actions
from sekisho.records.measurement.models import Report
from sekisho.records.organization.principals import SYSTEM

if TYPE_CHECKING:
    from pathlib import Path

run = CliRunner()


@pytest.fixture(autouse=True)
def _inside_the_test(monkeypatch):
    """Japanese output, and Django as pytest has set it up (its database is no file)."""
    monkeypatch.setenv("SEKISHO_LANG", "ja")
    for module in (report, trace):
        monkeypatch.setattr(module, "setup", lambda: None)


@pytest.fixture
def city(db, home):
    del db, home
    return make_organization("minamo", name="みなも市", body_kind="municipality", is_boundary=True)


def test_build_writes_the_file_that_was_asked_for(city, tmp_path: Path):
    target = tmp_path / "report.docx"
    result = run.invoke(app, ["report", "build", "--organization", "minamo", "--format", "docx", "--out", str(target)])
    assert result.exit_code == 0, result.output
    assert target.read_bytes()[:2] == b"PK"
    assert Report.objects.get().organization == city
    listed = json.loads(run.invoke(app, ["report", "list", "--json"]).stdout)
    assert [row["organization"] for row in listed] == ["minamo"]


def test_build_in_english_can_issue_and_speak_json(city, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(actions, "render", lambda _document, output, template=None: output.encode())  # quick
    target = tmp_path / "report.xlsx"
    options = ["--organization", "minamo", "--language", "en", "--format", "xlsx", "--out", str(target), "--issue", "--json"]
    told = json.loads(run.invoke(app, ["report", "build", *options]).stdout)
    assert told["state"] == "issued"
    assert set(told["renderings"]) == {"html", "docx", "pdf", "xlsx"}
    assert told["bytes"] == len(target.read_bytes())


@pytest.mark.parametrize(
    ("options", "error", "code"),
    [
        (["--organization", "nowhere"], NotFound, 4),
        (["--organization", "minamo", "--out", "/nowhere/at/all/r.docx"], InputError, 2),
        (["--organization", "minamo", "--format", "pdf", "--template", "x.docx"], InputError, 2),
        (["--organization", "minamo", "--template", "/nowhere/x.docx"], InputError, 2),
    ],
)
def test_what_cannot_be_built_is_told(city, options, error, code):
    result = run.invoke(app, ["report", "build", *options])
    assert isinstance(result.exception, error)
    assert result.exception.exit_code == code
    assert not Report.objects.exists()


def test_trace_computes_when_nothing_was_and_prints_the_chain(city):
    result = run.invoke(app, ["trace", "--organization", "minamo", "--indicator", "overdue_actions", "--json"])
    chain = json.loads(result.stdout)
    assert chain["indicator"]["value"] == 0
    assert chain["ledger"]["verified"]["ok"]
    text = run.invoke(app, ["trace", "--organization", "minamo", "--indicator", "MT30"]).stdout
    assert "構成の不適合の数: 未測定" in text


@pytest.mark.parametrize("key", ["clock.synchronised", "MT30", "ume_share"])
def test_trace_takes_keys_numbers_and_measures(city, key):
    actions.compute(SYSTEM, organization=city, now=NOW)
    assert run.invoke(app, ["trace", "--organization", "minamo", "--indicator", key]).exit_code == 0


def test_an_unknown_indicator_names_the_known_ones(city):
    result = run.invoke(app, ["trace", "--organization", "minamo", "--indicator", "nothing"])
    assert isinstance(result.exception, NotFound)
    assert result.exception.exit_code == 4
    assert "ume_share" in result.exception.fields["known"]
    assert run.invoke(app, ["trace", "--organization", "nowhere", "--indicator", "ume_share"]).exception.exit_code == 4
