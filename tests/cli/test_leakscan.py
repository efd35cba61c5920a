"""sekisho leakscan: what it prints, in both languages, its exit codes, and what it never shows."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sekisho.cli.main import app
from sekisho.engines.observation import decode
from sekisho.errors import InputError
from sekisho.standards import texts

run = CliRunner()
PHONE = "電話 0270-99-0123"
LETTER = "みなも市では、来年度から新しい窓口の受付の仕組みを始めるため、対象となる皆様に順に通知をお送りします。お手元に届きましたら内容をお確かめください。"


@pytest.fixture(autouse=True)
def _session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEKISHO_LANG", "ja")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("SEKISHO_LEAKSCAN_KEY", "a key of sixteen bytes or more")
    monkeypatch.delenv("SEKISHO_DATABASE_PASSWORD", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "share"
    root.mkdir()
    (root / "a.txt").write_text(f"お知らせ\n{PHONE}\n個人番号 123456789018\n", encoding="utf-8")
    (root / "b.csv").write_bytes("電話,備考\r\n0270-99-0124,なし\r\n".encode("cp932"))
    (root / "clean.txt").write_text("なにもありません。\n", encoding="utf-8")
    return root


def call(*arguments: str | Path, stdin: bytes | None = None) -> Any:
    return run.invoke(app, ["leakscan", *map(str, arguments)], input=stdin, catch_exceptions=True)


def parsed(*arguments: str | Path, stdin: bytes | None = None, code: int = 1) -> dict[str, Any]:
    result = call(*arguments, "--json", "--no-names", stdin=stdin)
    assert result.exit_code == code, (result.exception, result.stderr)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_path_alone_is_scanned(folder: Path) -> None:
    result = call(folder, "--no-names")
    assert result.exit_code == 1
    for wanted in ("種類ごとの検出", "場所ごとの検出", "3か所を調べ、3件を検出しました"):
        assert wanted in result.stdout
    assert "0270-99-0123" not in result.stdout


def test_it_speaks_english(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_LANG", "en")
    result = call(folder, "--no-names")
    assert "Findings by kind" in result.stdout
    assert "Scanned 3 places, 3 findings" in result.stdout


def test_json_has_findings_problems_and_summary(folder: Path) -> None:
    found = parsed(folder)
    assert found["schema"] == "sekisho.leakscan/1"
    assert [(Path(one["path"]).name, one["type"]) for one in found["findings"]] == [
        ("a.txt", "telephone"), ("a.txt", "my_number"), ("b.csv", "telephone"),
    ]  # fmt: skip
    for one in found["findings"]:
        assert {"type", "path", "start", "end", "score", "reasons"} <= one.keys()
    assert found["summary"]["kinds"] == {"my_number": 1, "telephone": 2}
    assert found["problems"] == []


def test_options_may_stand_before_the_path(folder: Path) -> None:
    result = call("--json", "--no-names", folder / "clean.txt")
    assert (result.exit_code, json.loads(result.stdout)["findings"]) == (0, [])


def test_positions_count_in_what_extract_prints(folder: Path) -> None:
    for name in ("a.txt", "b.csv"):
        text = call("extract", folder / name).stdout_bytes.decode()
        assert text == (folder / name).read_bytes().decode("cp932" if name == "b.csv" else "utf-8")
        for one in parsed(folder / name)["findings"]:
            assert text[one["start"] : one["end"]] in {"0270-99-0123", "0270-99-0124", "123456789018"}


def test_extract_says_what_could_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    result = call("extract", tmp_path / "a.png", "--json")
    assert json.loads(result.stdout)["state"] == "unread"
    assert "画像" in result.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "utf-16"])
def test_standard_input_is_scanned(encoding: str) -> None:
    found = parsed("-", stdin=PHONE.encode(encoding))
    assert [(one["path"], one["type"]) for one in found["findings"]] == [("-", "telephone")]


def test_kinds_and_threshold_choose(folder: Path) -> None:
    assert {one["type"] for one in parsed(folder, "--kinds", "my_number")["findings"]} == {"my_number"}
    assert parsed(folder, "--threshold", "1", code=0)["findings"] == []


def test_own_rules_are_looked_for(folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "own.yaml"
    rules.write_text(
        "version: 1\nterms:\n  - id: notices\n    title: {ja: 通知, en: Notices}\n    words: [お知らせ]\n", encoding="utf-8"
    )
    (one,) = parsed(folder, "--rules", rules, "--kinds", "own_term")["findings"]
    assert (one["type"], one["rule"]) == ("own_term", "notices")


def test_a_result_file_is_whole_or_not_there(folder: Path, tmp_path: Path) -> None:
    out = folder / "result.json"
    result = call(folder, "--no-names", "--out", out)
    assert result.exit_code == 1
    assert len(json.loads(out.read_text(encoding="utf-8"))["findings"]) == 3
    assert out.stat().st_mode & 0o077 == 0
    assert "3か所を調べ" in result.stdout
    call(folder, tmp_path / "none", "--no-names", "--out", tmp_path / "other.json")
    assert not (tmp_path / "other.json").exists()


def test_a_second_run_resumes(folder: Path, tmp_path: Path) -> None:
    first = parsed(folder, "--resume")
    second = parsed(folder, "--resume")
    assert (first["summary"]["unchanged"], second["summary"]["unchanged"]) == (0, 3)
    assert first["findings"] == second["findings"]
    assert list((tmp_path / "state" / "sekisho" / "leakscan").glob("*.sqlite"))


def test_patterns_leave_out(folder: Path) -> None:
    found = parsed(folder, "--exclude", "a.*")
    assert {Path(one["path"]).name for one in found["findings"]} == {"b.csv"}
    assert found["summary"]["excluded"] == 1


def test_a_declared_encoding_that_is_wrong_is_told_with_the_byte(folder: Path) -> None:
    (problem,) = parsed(folder / "b.csv", "--encoding", "utf-8")["problems"]
    assert (problem["code"], problem["fields"]["position"]) == ("textract.encoding_declared_wrong", 0)
    assert "0バイト目" in problem["message"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "leakplaces.nothing_to_scan"),
        (("none",), "leakplaces.paths_missing"),
        ((".", "--kinds", "telefon"), "leakplaces.kind_unknown"),
        ((".", "--encoding", "nonsense"), "leakplaces.encoding_unknown"),
        (("--database", "nonsense"), "leakplaces.url_unusable"),
        (("--database", "sqlite:///none.sqlite"), "leakplaces.paths_missing"),
    ],
)
def test_bad_input_is_refused(arguments: tuple[str, ...], code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("scan", *arguments, "--no-names")
    assert isinstance(result.exception, InputError)
    assert result.exception.code == code
    assert texts.known(code)


def test_a_short_key_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_LEAKSCAN_KEY", "short")
    result = call(folder)
    assert isinstance(result.exception, InputError)
    assert result.exception.code == "leakplaces.key_short"


def test_a_database_is_scanned_by_table_and_its_password_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    database = sqlite3.connect(path)
    with database:
        database.execute("CREATE TABLE 住民 (id INTEGER PRIMARY KEY, 電話 TEXT)")
        database.execute("INSERT INTO 住民 VALUES (7, '0270-99-0123')")
    database.close()
    (one,) = parsed("--database", f"sqlite:///{path}")["findings"]
    assert one["location"] == {"row": 1, "column": "電話", "key": {"id": "7"}}
    assert one["path"].endswith("a.sqlite#住民")


def test_own_documents_are_made_and_found(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "通知.txt").write_text(LETTER, encoding="utf-8")
    fingerprints = tmp_path / "own.fingerprints"
    made = call("fingerprint", "build", own, "--out", fingerprints, "--json")
    assert json.loads(made.stdout)["documents"] == 1
    (folder / "copy.txt").write_text(f"回覧\n{LETTER}\n以上\n", encoding="utf-8")
    result = call("fingerprint", "match", folder, "--documents", fingerprints, "--json")
    assert result.exit_code == 1
    (match,) = json.loads(result.stdout)["matches"]
    assert (Path(match["path"]).name, match["exact"], match["share"]) == ("copy.txt", False, 1.0)
    found = parsed(folder / "copy.txt", "--documents", fingerprints)
    (one,) = [one for one in found["findings"] if one["type"] == "own_document"]
    assert 3 <= one["start"] < 15
    assert len(LETTER) - 10 < one["end"] <= 3 + len(LETTER)
    assert call("fingerprint", "match", folder / "clean.txt", "--documents", fingerprints).exit_code == 0


def test_fingerprints_need_a_key(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEKISHO_LEAKSCAN_KEY")
    result = call("fingerprint", "build", folder, "--out", tmp_path / "x")
    assert isinstance(result.exception, InputError)
    assert result.exception.code == "leakplaces.key_missing"


def test_the_observation_holds_figures_and_nothing_that_was_found(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "observation.json"
    call(folder, "--no-names", "--observation", file, "--not-production", "--name", "共有")
    made = decode(file.read_bytes())
    figures = {(m.key, m.dimensions.get("kind", "")): m.value for m in made.measures}
    assert figures["leakscan.places", ""] == 3
    assert figures["leakscan.places_outside_production", ""] == 2
    assert figures["leakscan.findings", "telephone"] == 2
    assert figures["leakscan.findings", "email"] == 0
    assert {(Path(f.location).name, f.severity.value) for f in made.findings} == {("a.txt", "high"), ("b.csv", "medium")}
    text = file.read_text(encoding="utf-8")
    for value in ("0270", "123456789018", "a key of"):
        assert value not in text


def test_without_saying_so_nobody_knows_whether_it_is_production(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "observation.json"
    call(folder, "--no-names", "--observation", file)
    (measure,) = [m for m in decode(file.read_bytes()).measures if m.key == "leakscan.places_outside_production"]
    assert (measure.value, measure.status.value, measure.reason) == (None, "not_applicable", "leakplaces.production_unsaid")


def test_findings_of_the_observation_keep_their_fingerprints(folder: Path, tmp_path: Path) -> None:
    marks = []
    for number in range(2):
        file = tmp_path / f"{number}.json"
        call(folder, "--no-names", "--observation", file)
        marks.append([f.fingerprint for f in decode(file.read_bytes()).findings])
        (folder / "a.txt").write_text(f"お知らせ\n\n{PHONE}\n", encoding="utf-8")
    assert marks[0] == marks[1]


def test_all_measures_are_declared(folder: Path, tmp_path: Path) -> None:
    import yaml

    file = tmp_path / "observation.json"
    call(folder, "--no-names", "--observation", file)
    declared = yaml.safe_load((Path(texts.__file__).parents[1] / "measures.yaml").read_text(encoding="utf-8"))
    keys = {entry["key"] for entry in declared["measures"]}
    assert {m.key for m in decode(file.read_bytes()).measures} <= keys


def test_help_names_every_command() -> None:
    result = call("--help")
    assert result.exit_code == 0
    for command in ("scan", "extract", "fingerprint"):
        assert command in result.stdout
