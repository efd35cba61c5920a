"""sekisho deletion as a user types it: a dry run by itself, the code, the record, looking again."""

import json
import os
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from typer.testing import CliRunner

from sekisho.cli.deletion import app
from sekisho.errors import Conflict, InputError, NotFound


@pytest.fixture(autouse=True)
def _japanese(monkeypatch):
    monkeypatch.setenv("SEKISHO_LANG", "ja")


def call(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def place(tmp_path):
    """A root with last year's applications, a database, and a plan for both."""
    home = Path(os.path.realpath(tmp_path))
    (home / "root" / "2019").mkdir(parents=True)
    (home / "root" / "2019" / "a.txt").write_text("secret", encoding="utf-8")
    engine = sa.create_engine(f"sqlite:///{home}/d.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("create table application (id integer primary key, year integer)")
        connection.exec_driver_sql("insert into application values (1, 2019), (2, 2019), (3, 2026)")
    engine.dispose()
    plan = {
        "deletion_plan": 1, "id": "y2019", "title": "申請書の消去", "reason": "保存期間の満了", "executor": "情報 花子",
        "responsible": "総務 太郎", "witness": "監査 次郎", "approval": {"reference": "決裁第12号", "by": "総務 太郎", "day": "2026-11-29"},
        "retention": [{"kind": "RT86", "events": {"event": "2019-05-01"}}], "own_value": 5,
        "steps": {"municipal_disposal": "廃棄決裁 第3号"},
        "sources": {"db": {"type": "database", "url_env": "SEKISHO_TEST_URL"}},
        "targets": [
            {"id": "files", "type": "files", "root": str(home / "root"), "path": "2019"},
            {"id": "rows", "type": "rows", "source": "db", "table": "application", "where": "year = :y", "parameters": {"y": 2019}},
        ],
    }  # fmt: skip
    path = home / "plan.yaml"
    path.write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _url(tmp_path, monkeypatch):
    monkeypatch.setenv("SEKISHO_TEST_URL", f"sqlite:///{os.path.realpath(tmp_path)}/d.db")


def code_of(plan):
    result = call("run", plan, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["code"]


def test_a_run_is_a_dry_run_unless_told_otherwise(place):
    for options in ((), ("--dry-run",), ("--yes", "--dry-run"), ("--approve", "x")):
        result = call("run", place, *options)
        assert result.exit_code == 0, result.output
        assert "2019/a.txt" in result.stdout
        assert "承認の符号" in result.stdout
    assert (place.parent / "root" / "2019" / "a.txt").exists()
    assert not place.with_suffix(".record.json").exists()
    assert not place.with_suffix(".journal.jsonl").exists()


def test_deleting_needs_yes_and_the_code_and_leaves_a_record(place):
    refused = call("run", place, "--yes")
    assert refused.exception.code == "deletion.no_approval"
    result = call("run", place, "--yes", "--approve", code_of(place), "--json")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert (record["state"], [t["outcome"]["done"] for t in record["targets"]]) == ("complete", [2, 2])
    assert not (place.parent / "root" / "2019").exists()
    path = place.with_suffix(".record.json")
    assert path.stat().st_mode & 0o777 == 0o600
    assert "sqlite:///" not in path.read_text(encoding="utf-8")
    assert call("verify", path).exit_code == 0
    again = call("run", place, "--yes", "--approve", record["approved_code"])
    assert again.exit_code != 0


def test_a_verification_that_finds_something_fails(place):
    call("run", place, "--yes", "--approve", code_of(place))
    (place.parent / "root" / "2019").mkdir()
    result = call("verify", place.with_suffix(".record.json"), "--json")
    assert result.exit_code == 1
    assert {t["target"]: t["result"] for t in json.loads(result.stdout)["targets"]} == {"files": "left", "rows": "gone"}


def test_a_verification_without_the_database_is_no_success(place, monkeypatch):
    call("run", place, "--yes", "--approve", code_of(place))
    (place.parent / "d.db").unlink()
    (place.parent / "d.db").mkdir()
    result = call("verify", place.with_suffix(".record.json"), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["targets"][1]["result"] == "unreachable"


def test_not_due_is_said_and_fails(place):
    result = call("run", place, "--on", "2020-01-01")
    assert result.exit_code == 1
    assert "まだ消せません" in result.stdout
    assert "保存中" in result.stdout


def test_a_hold_is_read_when_it_counts(place, tmp_path):
    holds = tmp_path / "holds.yaml"
    holds.write_text(
        "deletion_holds: 1\nholds: [{id: 訴訟1, kind: litigation, since: 2020-01-01, targets: [rows]}]\n", encoding="utf-8"
    )
    code = json.loads(call("run", place, "--holds", holds, "--json").stdout)["code"]
    result = call("run", place, "--yes", "--approve", code, "--holds", holds, "--json")
    assert result.exit_code == 1
    record = json.loads(result.stdout)
    assert record["state"] == "stopped"
    assert [t["outcome"]["done"] for t in record["targets"]] == [2, 0]


@pytest.mark.parametrize(
    ("arguments", "error", "code"),
    [
        (("run", "none.yaml"), NotFound, "deletion.cli_unreadable"),
        (("verify", "none.json"), NotFound, "deletion.cli_unreadable"),
        (("run", "PLAN", "--yes", "--on", "2030-01-01"), InputError, "deletion.cli_on_only_dry"),
        (("run", "PLAN", "--yes", "--approve", "0-0-0"), Conflict, "deletion.approval_stale"),
        (("run", "PLAN", "--record", "/nowhere/r.json", "--yes"), InputError, "deletion.record_unwritable"),
        (("verify", "PLAN"), InputError, "deletion.record_broken"),
        (("run", "PLAN", "--holds", "none.yaml"), NotFound, "deletion.cli_unreadable"),
    ],
)
def test_bad_input_is_refused(place, arguments, error, code):
    result = call(*(place if a == "PLAN" else a for a in arguments))
    assert isinstance(result.exception, error)
    assert result.exception.code == code
    assert (place.parent / "root" / "2019" / "a.txt").exists()


def test_a_missing_secret_is_said_by_its_name(place, monkeypatch):
    monkeypatch.delenv("SEKISHO_TEST_URL")
    result = call("run", place)
    assert result.exception.code == "deletion.plan_environment"
    assert result.exception.fields == {"variable": "SEKISHO_TEST_URL"}


def test_set_aside_finish_and_restore(place):
    plan = yaml.safe_load(place.read_text(encoding="utf-8"))
    plan["targets"] = plan["targets"][:1]
    plan["restore_days"] = 7
    place.write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    record = place.with_suffix(".record.json")
    assert call("run", place, "--yes", "--approve", code_of(place)).exit_code == 0
    assert call("finish", record).exit_code == 0  # only shows
    assert isinstance(call("finish", record, "--yes").exception, Conflict)
    assert call("restore", record).exit_code == 0
    assert (place.parent / "root" / "2019" / "a.txt").read_text(encoding="utf-8") == "secret"
    record.unlink()
    call("run", place, "--yes", "--approve", code_of(place))
    assert call("finish", record, "--yes", "--early").exit_code == 0
    assert call("verify", record).exit_code == 0
    assert list((place.parent / "root").iterdir()) == []


def test_a_record_becomes_an_observation(place, tmp_path):
    call("run", place, "--yes", "--approve", code_of(place))
    out = tmp_path / "observation.json"
    assert call("observe", place.with_suffix(".record.json"), "--out", out).exit_code == 0
    made = json.loads(out.read_text(encoding="utf-8"))
    assert {m["key"]: m["value"] for m in made["measures"]}["deletion.items_gone"] == 4
