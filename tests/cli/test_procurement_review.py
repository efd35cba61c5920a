"""``sekisho procurement review``: JSON, words, settings and exit codes."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from sekisho.cli.procurement_review import review
from sekisho.errors import InputError

DRAFT = str(Path(__file__).parents[2] / "examples" / "procurement" / "drafts" / "booking-site.md")
app = typer.Typer()
app.command()(review)
runner = CliRunner()


def test_json_has_clauses_items_and_counts():
    result = runner.invoke(app, [DRAFT, "--json"])
    data = json.loads(result.stdout)
    assert result.exit_code == 1
    assert len(data["clauses"]) == data["counts"]["required"] == 28
    assert data["items"][0]["fingerprint"]
    assert data["file"] == "booking-site.md"


@pytest.mark.parametrize(("lang", "word"), [("ja", "一部"), ("en", "partly covered")])
def test_words_in_the_readers_language(monkeypatch, lang, word):
    monkeypatch.setenv("SEKISHO_LANG", lang)
    result = runner.invoke(app, [DRAFT, "--require", "PR-1-3", "--require", "AC-1-1=high", "--expect", "log_retention=3年"])
    assert result.exit_code == 1
    assert result.stdout.count(word) >= 2
    assert "3年" in result.stdout


def test_a_sound_draft_ends_with_zero(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("サーバの時刻はNTPにより同期すること。", encoding="utf-8")
    assert runner.invoke(app, [str(path), "--require", "AU-1-3"]).exit_code == 0


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--require", "X"], "review.unknown_clause"),
        (["--require", "AU-1-3=top"], "review.unknown_level"),
        (["--family", "x"], "review.setting_wrong"),
        (["--expect", "x"], "review.setting_wrong"),
    ],
)
def test_wrong_settings_are_bad_input(options, code):
    result = runner.invoke(app, [DRAFT, *options])
    assert isinstance(result.exception, InputError)
    assert result.exception.code == code
