"""``sekisho logs review`` over files and over a store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sekisho.cli.main import app

RULE = """\
title: Rejected password
id: 5f113a8f-8b61-41ca-b90f-d374fa7e4a39
logsource: {product: linux, service: sshd}
detection:
  selection:
    - 'Failed password'
  condition: selection
level: medium
"""
LOG = """\
Apr  1 09:00:00 web-01 sshd[100]: Failed password for root from 192.0.2.7 port 4000 ssh2
Apr  1 09:00:05 web-01 sshd[100]: Accepted publickey for admin from 192.0.2.8 port 4001 ssh2
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("SEKISHO_LANG", "ja")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yml").write_text(RULE, encoding="utf-8")
    (tmp_path / "auth.log").write_text(LOG, encoding="utf-8")
    return tmp_path


def run(*arguments: object):
    return CliRunner().invoke(app, ["logs", "review", *map(str, arguments)])


def test_findings_and_their_explanation_as_json(folder: Path) -> None:
    result = run(folder / "auth.log", "--rules", folder / "rules", "--json")
    assert result.exit_code == 1, result.output
    told = json.loads(result.stdout)
    (one,) = told["findings"]
    assert (one["rule_title"], one["rule_id"][:8], one["record_id"], one["host"]) == (
        "Rejected password",
        "5f113a8f",
        1,
        "web-01",
    )
    assert one["file"].endswith("auth.log")
    assert told["explanation"]["records"]["read"] == 2
    assert told["explanation"]["files"][0]["records"] == 2


@pytest.mark.parametrize(("lang", "sentence"), [("ja", "検出 1件（規則 1件）"), ("en", "1 findings of 1 rules")])
def test_findings_in_words(folder: Path, monkeypatch: pytest.MonkeyPatch, lang: str, sentence: str) -> None:
    monkeypatch.setenv("SEKISHO_LANG", lang)
    result = run(folder / "auth.log", "--rules", folder / "rules")
    assert result.exit_code == 1, result.output
    assert sentence in result.stdout
    assert "Rejected password" in result.stdout


def test_nothing_found_is_said_with_what_was_looked_at(folder: Path) -> None:
    (folder / "rules" / "a.yml").write_text(RULE.replace("sshd", "vsftpd"), encoding="utf-8")
    (folder / "rules" / "b.yml").write_text("title: [", encoding="utf-8")
    result = run(folder / "auth.log", "--rules", folder / "rules")
    assert result.exit_code == 0, result.output
    for part in ("検出はありませんでした", "2件を調べました", "linux/*/vsftpd の記録がありませんでした", "b.yml:"):
        assert part in result.stdout


def test_over_a_store(folder: Path) -> None:
    ingested = CliRunner().invoke(app, ["logs", "ingest", str(folder / "auth.log"), "--store", str(folder / "store")])
    assert ingested.exit_code == 0, ingested.output
    result = run("--store", folder / "store", "--rules", folder / "rules", "--json")
    assert result.exit_code == 1, result.output
    assert [one["record_id"] for one in json.loads(result.stdout)["findings"]] == [1]
    later = run("--store", folder / "store", "--rules", folder / "rules", "--since", "2100-01-01", "--json")
    assert later.exit_code == 0
    assert json.loads(later.stdout)["findings"] == []


def test_values_of_placeholders_from_a_file(folder: Path) -> None:
    (folder / "rules" / "a.yml").write_text(
        RULE.replace("- 'Failed password'", "'|expand': 'for %watched% from'"), encoding="utf-8"
    )
    (folder / "values.yaml").write_text("watched: [root, admin]\n", encoding="utf-8")
    result = run(folder / "auth.log", "--rules", folder / "rules", "--placeholders", folder / "values.yaml", "--json")
    assert len(json.loads(result.stdout)["findings"]) == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], "detection.nothing_to_review"),
        (["auth.log", "--store", "store"], "detection.paths_or_store"),
        (["nowhere.log"], "events.paths_missing"),
        (["auth.log", "--zone", "Nowhere/City"], "events.zone_unknown"),
    ],
)
def test_what_cannot_be_used(folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: str) -> None:
    monkeypatch.chdir(folder)
    result = run(*arguments, "--rules", "rules")
    assert getattr(result.exception, "code", "") == code


def test_rules_of_which_none_can_be_used(folder: Path) -> None:
    (folder / "rules" / "a.yml").write_text("title: [", encoding="utf-8")
    result = run(folder / "auth.log", "--rules", folder / "rules")
    assert result.exception.code == "detection.no_rules"
    assert result.exception.problems[0].file == "a.yml"
