"""``sekisho intel`` as an administrator uses it: a notice becomes a search and a block that is proven."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from sekisho.cli.main import app

NOTICE = """件名：【注意喚起】不正な通信について（TLP:AMBER）

1. インディケータ情報
不正な通信先
hxxps://update[.]evil-cdn[.]net/gate.php
evil-cdn[.]net
45.77.10[.]21

2. 参考
https://www.jpcert.or.jp/at/1.html
"""
LOG = """1763600000.123    120 10.1.2.3 TCP_TUNNEL/200 4512 CONNECT update.evil-cdn.net:443 - HIER_DIRECT/45.77.10.21 -
1763600001.123    120 10.1.2.4 TCP_MISS/200 4512 GET http://www.sample.jp/ - HIER_DIRECT/93.184.216.34 text/html
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEKISHO_LANG", "en")
    (tmp_path / "notice.txt").write_text(NOTICE, encoding="utf-8")
    (tmp_path / "access.log").write_text(LOG, encoding="utf-8")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, ["intel", *map(str, arguments)])


def refused(*arguments):
    """The error's code of a command that is refused."""
    return run(*arguments).exception.code


def taken(home):
    assert (
        run("import", "notice.txt", "--take", "likely", "--source", "CERT", "--expires-days", 30, "--out", "ind.json").exit_code
        == 0
    )
    return json.loads((home / "ind.json").read_text())["indicators"]


def test_a_notice_is_confirmed_by_a_person(home):
    result = run("import", "notice.txt", "--out", "review.json")
    assert result.exit_code == 0
    assert "3 likely" in result.stderr
    review = json.loads((home / "review.json").read_text(encoding="utf-8"))
    assert [row["take"] for row in review["candidates"]] == [False] * 4
    for row in review["candidates"]:
        row["take"] = row["likelihood"] == "likely"
    (home / "review.json").write_text(json.dumps(review))
    assert run("import", "review.json", "--out", "ind.json").exit_code == 0
    assert len(json.loads((home / "ind.json").read_text())["indicators"]) == 3


def test_match_in_files_and_in_a_store(home):
    ones = taken(home)
    assert {one["tlp"] for one in ones} == {"amber"}
    assert all(one["expires"] for one in ones)
    found = run("match", "--indicators", "ind.json", "--json", "access.log")
    assert found.exit_code == 1
    seen = json.loads(found.stdout)
    assert [(one["value"], one["count"]) for one in seen["sightings"]] == [("evil-cdn.net", 1), ("45.77.10.21", 1)]
    assert seen["sightings"][0]["places"][0]["record_id"] == 1
    assert seen["explanation"]["rows"] == 2
    assert CliRunner().invoke(app, ["logs", "ingest", "access.log", "--store", "store"]).exit_code == 0
    stored = json.loads(run("match", "--indicators", "ind.json", "--store", "store", "--json").stdout)
    assert [(one["value"], one["count"]) for one in stored["sightings"]] == [("evil-cdn.net", 1), ("45.77.10.21", 1)]
    later = run("match", "--indicators", "ind.json", "--store", "store", "--since", "2026-01-01T00:00:00")
    assert later.exit_code == 0
    assert "nothing can be said" in later.stderr


@pytest.mark.parametrize(("form", "more"), [("squid", []), ("rpz", ["--serial", "7"]), ("rpz", []), ("hosts", [])])
def test_a_block_list_is_proven_by_reading_it_back(home, form, more):
    taken(home)
    assert run("export", "--indicators", "ind.json", "--format", form, "--out", "list", *more).exit_code == 0
    result = run("check", "list", "--format", form, "--indicators", "ind.json", "--json")
    shown = json.loads(result.stdout)
    expected = {"squid": (3, 0, 0), "rpz": (3, 0, 0), "hosts": (0, 2, 1)}[form]
    assert tuple(len(shown[name]) for name in ("shown", "missing", "exact_only")) == expected
    assert result.exit_code == (1 if form == "hosts" else 0)


@pytest.mark.parametrize("form", ["csv", "hashes", "sigma"])
def test_other_forms(home, form):
    taken(home)
    assert run("export", "--indicators", "ind.json", "--format", form).exit_code == 0


def test_tlp_stops_an_export_and_names_what(home):
    taken(home)
    result = run("export", "--indicators", "ind.json", "--format", "stix", "--out", "x.json")
    assert result.exception.code == "threatintel.tlp_forbids"
    assert result.exception.exit_code == 4
    assert not (home / "x.json").exists()
    assert (
        run("export", "--indicators", "ind.json", "--format", "misp", "--audience", "clients", "--out", "x.json").exit_code == 0
    )
    assert run("import", "x.json", "--out", "y.json").exit_code == 0


def test_the_false_block_test(home):
    taken(home)
    result = run("try", "--indicators", "ind.json", "--json", "access.log")
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["stopped"]) == 2
    (home / "list.txt").write_text("*\n0.0.0.0/0\nevil.jp\n")
    refused_list = run("import", "list.txt", "--out", "l.json")
    assert refused_list.exit_code == 1
    assert "matches everything" in refused_list.stderr


def test_bad_use(home):
    (home / "x.json").write_text("{}")
    taken(home)
    assert refused("import", "x.json") == "threatintel.form_unknown"
    assert refused("import", "missing.txt") == "threatintel.file_unreadable"
    assert refused("match", "--indicators", "ind.json") == "threatintel.cli_no_source"
    assert refused("match", "--indicators", "notice.txt", "access.log") == "threatintel.form_unknown"
    assert refused("fetch", "http://taxii.example/", "--out", "b.json") == "threatintel.taxii_address"
    assert (
        refused("fetch", "https://taxii.example/", "--out", "b.json", "--added-after", "x")
        == "threatintel.taxii_after_needs_collection"
    )
    assert refused("import", "notice.txt", "--own-network", "x", "--take", "likely") == "indicators.not_an_indicator"
