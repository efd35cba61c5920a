"""sekisho logs: what the commands print, in both languages, and what they refuse."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.engines.events.evtx_writer import Event, evtx
from typer.testing import CliRunner

from sekisho.cli.main import app
from sekisho.engines import events as engine
from sekisho.errors import InputError, Unavailable
from sekisho.standards import texts

run = CliRunner()
AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_LANG", "ja")


def call(*arguments: str) -> Any:
    return run.invoke(app, ["logs", *arguments], catch_exceptions=True)


def parsed(*arguments: str) -> dict[str, Any]:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.exception
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture
def filled(tmp_path: Path) -> tuple[str, str]:
    """A folder of logs, read into a store."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.evtx").write_bytes(
        evtx([Event(4625, "Security", AT, {"TargetUserName": "太郎", "IpAddress": "192.0.2.7"}, record=42)])
    )
    (logs / "auth.log").write_text(
        "Jan  5 10:00:00 web01 sshd[1]: Accepted password for taro from 192.0.2.7 port 5 ssh2\nnoise\n"
    )
    store = str(tmp_path / "store")
    found = parsed("ingest", str(logs), "--store", store, "--reference", "2026-01-06")
    assert (found["events"], found["rejects"], len(found["files"])) == (2, {"events.line_unreadable": 1}, 2)
    return str(logs), store


def test_ingest_tells_each_file_and_does_not_double(filled: tuple[str, str]) -> None:
    logs, store = filled
    result = call("ingest", logs, "--store", store)
    assert result.exit_code == 0
    assert result.stderr.count("同じファイルを取り込み済み") == 2
    assert "0件を取り込みました" in result.stderr


def test_search_gives_file_record_time_and_fields(filled: tuple[str, str]) -> None:
    found = parsed("search", "192.0.2.7", "--store", filled[1])
    assert sorted((Path(hit["file"]).name, hit["record"], hit["time"]) for hit in found["hits"]) == [
        ("a.evtx", 42, "2026-01-05T01:00:00+00:00"),
        ("auth.log", 1, "2026-01-05T01:00:00+00:00"),
    ]
    assert "太郎" in [hit["fields"].get("TargetUserName") for hit in found["hits"]]
    assert found["total"] == 2
    one = parsed("search", "targetusername=太郎", "--store", filled[1], "--since", "2026-01-05T10:00", "--until", "2026-01-06")
    assert one["total"] == 1


def test_search_for_people(filled: tuple[str, str]) -> None:
    result = call("search", "taro", "--store", filled[1])
    assert re.search(r"2026-01-05T10:00:00\+09:00 linux.auth/sshd \S+auth\.log:1 .*user=taro", result.stdout)
    nothing = call("search", "nobody-at-all", "--store", filled[1])
    assert "2件" in nothing.stderr
    assert "読めなかった記録が1件" in nothing.stderr
    assert "一件もありません" in call("search", "x", "--store", filled[1], "--source", "squid").stderr


def test_what_a_log_says_cannot_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"time":"2026-01-05","x":"\\u001b[31mred\\u202e"}\n')
    call("ingest", str(tmp_path / "a.json"), "--store", str(tmp_path / "s"))
    shown = call("search", "*red*", "--store", str(tmp_path / "s")).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\\x1b[31mred" in shown


def test_sources_rejects_and_maps(filled: tuple[str, str]) -> None:
    assert {one["source"]: one["events"] for one in parsed("sources", "--store", filled[1])["sources"]} == {
        "linux.auth": 1,
        "windows": 1,
    }
    found = parsed("rejects", "--store", filled[1])
    assert (found["total"], found["rejects"][0]["record"], found["rejects"][0]["excerpt"]) == (1, 2, "noise")
    assert "行の形が違う" in call("rejects", "--store", filled[1]).stdout
    assert "squid" in {one["id"] for one in parsed("maps")["maps"]}


def test_retention_is_shown_first(filled: tuple[str, str]) -> None:
    planned = parsed("retain", "--store", filled[1], "--keep", "windows=1", "--keep", "*=36500")
    assert [(one["source"], one["events"]) for one in planned["sources"]] == [("linux.auth", 0), ("windows", 1)]
    assert parsed("search", "192.0.2.7", "--store", filled[1])["total"] == 2
    assert parsed("retain", "--store", filled[1], "--keep", "windows=1", "--apply")["applied"] is True
    assert parsed("search", "192.0.2.7", "--store", filled[1])["total"] == 1


@pytest.mark.parametrize(
    ("case", "arguments", "code"),
    [
        ("no such path", ["ingest", "/nowhere/at/all", "--store", "{store}"], "events.paths_missing"),
        ("no such source", ["ingest", "{logs}", "--store", "{store}", "--source", "x"], "events.unknown_source"),
        ("no such zone", ["ingest", "{logs}", "--store", "{store}", "--zone", "Nowhere/Town"], "events.zone_unknown"),
        ("no such encoding", ["ingest", "{logs}", "--store", "{store}", "--encoding", "x"], "events.encoding_unknown"),
        ("no store", ["search", "x", "--store", "{logs}"], "events.store_missing"),
        ("no time", ["search", "x", "--store", "{store}", "--since", "yesterday"], "events.time_unreadable"),
        ("an empty term", ["search", "", "--store", "{store}"], "events.term_empty"),
        ("a rule without days", ["retain", "--store", "{store}", "--keep", "windows"], "events.retention_form"),
        ("a rule of no days", ["retain", "--store", "{store}", "--keep", "windows=0"], "events.retention_rule"),
    ],
)
def test_refusals(case: str, arguments: list[str], code: str, filled: tuple[str, str]) -> None:
    result = call(*(one.format(logs=filled[0], store=filled[1]) for one in arguments))
    assert isinstance(result.exception, InputError), case
    assert result.exception.code == code
    assert texts.known(code)


def test_a_missing_component_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from sekisho.cli import logs

    def missing(_: str) -> Any:
        raise ModuleNotFoundError(name="pyarrow")

    monkeypatch.setattr(logs, "import_module", missing)
    result = call("sources", "--store", str(tmp_path))
    assert isinstance(result.exception, Unavailable)
    assert "sekisho[logs]" in texts.render(result.exception.code, result.exception.fields, "ja")


def test_every_code_of_the_engine_has_its_sentence_in_both_languages() -> None:
    folder = Path(engine.__file__).parent
    used = {found for path in folder.rglob("*.py") for found in re.findall(r'"events\.([a-z_0-9]+)"', path.read_text())}
    used |= {f"note_{name}" for path in folder.rglob("*.py") for name in re.findall(r'notes\["([a-z_0-9]+)"\]', path.read_text())}
    sentences = texts.catalogue("events")
    assert used <= set(sentences), used - set(sentences)
    assert all(set(entry) == {"ja", "en"} for entry in sentences.values())
