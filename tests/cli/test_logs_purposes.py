"""sekisho logs purposes and baseline: from files to findings with their reasons, and what could not be seen."""

import json

import pytest
from typer.testing import CliRunner

from sekisho.cli.logs import app
from sekisho.errors import InputError

HEAD = "time,host,item,metric,value\n"


def call(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def store(tmp_path):
    """Forty days of disk use that grows by one per cent a day, and a door that was forced."""
    rows = [
        f"2026-{9 + (d + 1) // 31:02}-{(d + 1) % 31 + 1:02}T03:00:00+00:00,sv-11,/var,disk_percent,{50 + d}" for d in range(28)
    ]
    (tmp_path / "metrics.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "door.csv").write_text("日時,扉,カード番号,イベント\n2026/09/20 02:00:00,D1,C1,こじ開け\n", encoding="cp932")
    folder = tmp_path / "store"
    result = call("ingest", str(tmp_path / "metrics.csv"), str(tmp_path / "door.csv"), "--store", str(folder))
    assert result.exit_code == 0, result.output
    return str(folder)


def test_findings_come_with_their_records_and_sentences(store):
    result = call("purposes", "--store", store, "--purpose", "問題発見", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    (forced,) = [f for f in found["findings"] if f["rule"] == "discovery.door.forced"]
    assert (forced["sign"], forced["records"][0]["record"]) == ("indication", 2)
    assert set(forced["message"]) == {"ja", "en"}
    assert all(o["status"] == "evaluated" or o["shortfalls"] for o in found["outcomes"])
    assert {f["purpose"] for f in found["findings"]} == {"discovery"}


def test_the_normal_state_is_learned_and_used(store):
    assert "sekisho logs baseline learn" in call("purposes", "--store", store, "--purpose", "prevention").output
    assert call("baseline", "learn", "--store", store).exit_code == 0
    listed = json.loads(call("baseline", "show", "--store", store, "--json").stdout)
    assert {"prevention.capacity.disk_to_limit"} <= {row["rule"] for row in listed["series"]}
    found = json.loads(call("purposes", "--store", store, "--since", "2026-09-28", "--json").stdout)
    (trend,) = [f for f in found["findings"] if f["rule"] == "prevention.capacity.disk_to_limit"]
    assert trend["sign"] == "precursor"
    assert "sv-11" in trend["message"]["ja"]


def test_people_are_shown_what_could_not_be_seen(store):
    result = call("purposes", "--store", store)
    assert "使えなかった規則" in result.output
    assert "兆候" in result.output


def test_own_thresholds(store, tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("prevention.capacity.disk_high:\n  percent: 60\n", encoding="utf-8")
    found = json.loads(call("purposes", "--store", store, "--settings", str(own), "--json").stdout)
    assert "prevention.capacity.disk_high" in {f["rule"] for f in found["findings"]}


WRONG = {
    "purpose": (["purposes", "--purpose", "fun"], "watch.purpose_unknown"),
    "day": (["purposes", "--since", "yesterday"], "watch.day_wrong"),
    "period": (["purposes", "--since", "2026-09-20", "--until", "2026-09-10"], "watch.period_wrong"),
    "no history": (["baseline", "show"], "watch.cli_no_history"),
    "another file": (["purposes", "--baseline", "{store}/nothing"], "watch.baseline_unreadable"),
    "no settings": (["purposes", "--settings", "{store}/nothing"], "watch.settings_not_yaml"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_named(store, case):
    arguments, code = WRONG[case]
    result = call(*(a.format(store=store) for a in arguments), "--store", store)
    assert isinstance(result.exception, InputError)
    assert result.exception.code == code
