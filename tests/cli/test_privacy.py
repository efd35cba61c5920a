"""``sekisho privacy``: figures as JSON and words, demands as exit codes, all or nothing on disk, a report to sign."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from sekisho.cli.privacy import app
from sekisho.errors import Conflict, InputError, NotFound

EXAMPLES = Path(__file__).parents[2] / "examples" / "data" / "privacy"
TABLE = str(EXAMPLES / "benefit-applications.csv")
QUASI = ["--quasi", "年齢,性別,郵便番号,職業"]
runner = CliRunner()


def run(*options):
    return runner.invoke(app, [str(option) for option in options])


def test_assess_gives_every_figure_as_json():
    done = run("assess", TABLE, *QUASI, "--sensitive", "病名,年収（万円）", "--json")
    data = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (data["k"], data["l"], data["rows"]) == (1, 1, 400)
    assert set(data["l_diversity"]) == set(data["t_closeness"]) == {"病名", "年収（万円）"}
    assert data["t_closeness"]["年収（万円）"]["distance"] == "ordered"
    assert data["risks"]["prosecutor"]["highest"] == 1.0
    assert data["risks"]["journalist"] is None
    assert data["uniqueness"]["unique"] == data["k_anonymity"]["under"][0]["records"]


@pytest.mark.parametrize(("lang", "word"), [("ja", "k-匿名性"), ("en", "k-anonymity")])
def test_assess_in_the_readers_language(monkeypatch, lang, word):
    monkeypatch.setenv("SEKISHO_LANG", lang)
    done = run("assess", TABLE, *QUASI, "--sensitive", "病名", "--sampling", "0.1")
    assert done.exit_code == 0
    assert word in done.stdout
    assert "{" not in done.stdout


def test_a_demand_that_is_not_kept_ends_with_one():
    done = run("assess", TABLE, *QUASI, "--k", "5", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["not_met"] == ["k=5"]
    assert run("assess", TABLE, "--quasi", "性別", "--k", "5").exit_code == 0
    assert run("assess", TABLE, "--quasi", "性別", "--sensitive", "病名", "--l", "2", "--t", "0.5").exit_code == 0
    assert run("assess", TABLE, *QUASI, "--l", "2").exit_code == 1


@pytest.mark.parametrize("method", ["lattice", "mondrian", "mondrian-relaxed"])
@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_generalize_writes_a_table_that_keeps_the_demands(tmp_path, method, ending):
    out = tmp_path / f"safe.{ending}"
    done = run(
        "generalize", TABLE, *QUASI, "--sensitive", "病名", "--direct", "申請番号,氏名,生年月日,住所", "--k", "5", "--l", "2",
        "--suppression", "0.05", "--method", method, "--hierarchies", EXAMPLES / "hierarchies.yaml", "--out", out, "--json",
    )  # fmt: skip
    made = json.loads(done.stdout)
    assert done.exit_code == 0
    assert made["verification"]["held"]
    assert made["removed_columns"] == ["申請番号", "氏名", "生年月日", "住所"]
    again = json.loads(run("assess", out, *QUASI, "--sensitive", "病名", "--k", "5", "--l", "2", "--json").stdout)
    assert again["k"] == made["verification"]["k"] >= 5
    assert again["rows"] == made["rows_out"] == 400 - made["suppressed"]
    assert again["not_met"] == []


def test_a_result_goes_neither_over_its_source_nor_over_another_file(tmp_path):
    copy = tmp_path / "a.csv"
    copy.write_bytes(Path(TABLE).read_bytes())
    other = tmp_path / "b.csv"
    other.write_text("keep", encoding="utf-8")
    command = ["generalize", copy, *QUASI, "--direct", "氏名,申請番号", "--suppression", "1", "--out"]
    assert isinstance(run(*command, copy, "--force").exception, Conflict)
    assert isinstance(run(*command, other).exception, Conflict)
    assert other.read_text(encoding="utf-8") == "keep"
    assert copy.read_bytes() == Path(TABLE).read_bytes()
    assert run(*command, other, "--force").exit_code == 0


def test_where_nothing_keeps_the_demands_nothing_is_written(tmp_path):
    out = tmp_path / "never.csv"
    done = run("generalize", TABLE, *QUASI, "--k", "401", "--out", out)
    assert isinstance(done.exception, InputError)
    assert done.exception.code == "privacy.nothing_found"
    assert not out.exists()


def test_a_copy_of_a_direct_identifier_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"氏名": ["a", "b"], "控え": ["a", "b"], "年齢": ["1", "2"]}), path)
    done = run("generalize", path, "--quasi", "年齢", "--direct", "氏名", "--k", "1", "--out", tmp_path / "b.csv")
    assert done.exception.code == "privacy.copy_of_direct"
    assert done.exception.fields == {"columns": "控え"}


def test_propose_names_roles_and_small_keys():
    data = json.loads(run("propose", TABLE, "--json").stdout)
    roles = {column["column"]: column["role"] for column in data["columns"]}
    assert roles["氏名"] == roles["申請番号"] == "direct"
    assert roles["年齢"] == roles["郵便番号"] == "quasi"
    assert roles["病名"] == "sensitive"
    assert data["combinations"]
    words = run("propose", TABLE)
    assert "要配慮個人情報" in words.stdout


@pytest.mark.parametrize("ending", ["html", "docx", "xlsx", "md", "pdf"])
def test_report_is_a_document_to_sign(tmp_path, ending):
    out = tmp_path / f"report.{ending}"
    done = run(
        "report", TABLE, *QUASI, "--sensitive", "病名", "--body", "municipality", "--organization", "みなも市", "--fictional",
        "--declarations", EXAMPLES / "declarations.yaml", "--out", out,
    )  # fmt: skip
    assert done.exit_code == 1  # the table as it is contradicts duties
    assert out.stat().st_size > 2_000


def test_report_joins_processing_and_comparison(tmp_path):
    out, made = tmp_path / "safe.csv", tmp_path / "made.json"
    done = run(
        "generalize", TABLE, *QUASI, "--sensitive", "病名", "--direct", "申請番号,氏名,生年月日,住所", "--l", "2", "--suppression", "0.05",
        "--out", out, "--json",
    )  # fmt: skip
    made.write_text(done.stdout, encoding="utf-8")
    report = tmp_path / "r.md"
    done = run(
        "report", out, *QUASI, "--sensitive", "病名", "--body", "municipality", "--organization", "みなも市", "--before", TABLE,
        "--generalization", made, "--out", report, "--json",
    )  # fmt: skip
    assert json.loads(done.stdout)["checklist"]["counts"]["contradicted"] == 0
    assert done.exit_code == 0
    assert "加工の前と後" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["assess", TABLE, "--quasi", "ない"], "privacy.column_missing"),
        (["assess", TABLE, "--quasi", "年齢", "--sensitive", "年齢"], "privacy.two_roles"),
        (["assess", TABLE, *QUASI, "--distance", "病名=far"], "privacy.demand_column"),
        (["assess", TABLE, *QUASI, "--sensitive", "病名", "--distance", "病名=far"], "privacy.setting_wrong"),
        (["assess", TABLE, *QUASI, "--sensitive", "病名", "--distance", "病名=hierarchical"], "privacy.distance_needs_hierarchy"),
        (["assess", TABLE, *QUASI, "--missing", "x"], "privacy.setting_wrong"),
        (["assess", TABLE, *QUASI, "--sampling", "2"], "privacy.option_wrong"),
        (["assess", TABLE, *QUASI, "--threshold", "0"], "privacy.option_wrong"),
        (["generalize", TABLE, *QUASI, "--method", "magic", "--out", "x.csv"], "privacy.setting_wrong"),
        (["generalize", TABLE, *QUASI, "--l", "2", "--out", "x.csv"], "privacy.demand_column"),
        (["generalize", TABLE, *QUASI, "--sensitive", "病名", "--l", "1.5", "--out", "x.csv"], "privacy.demand_wrong"),
        (["report", TABLE, *QUASI, "--body", "moon", "--organization", "x", "--out", "x.md"], "privacy.body_unknown"),
        (["report", TABLE, *QUASI, "--body", "company", "--organization", "x", "--out", "x.exe"], "documents.unknown_format"),
    ],
)
def test_bad_input_is_told_by_code(tmp_path, monkeypatch, options, code):
    monkeypatch.chdir(tmp_path)
    done = run(*options)
    assert isinstance(done.exception, InputError)
    assert done.exception.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_is_not_found():
    assert isinstance(run("assess", "/nowhere/a.csv", "--quasi", "x").exception, NotFound)


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n", b"a,a\n1,2\n", b"a,b\n1,2,3\n", b'a,b\n"1,2\n', b"a,b\n\xff\xfe,2\n"], ids=range(6)
)
def test_hostile_files_are_refused_without_showing_values(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    done = run("assess", path, "--quasi", "a")
    assert isinstance(done.exception, InputError)


def test_cp932_null_and_empty_survive_the_way_through(tmp_path):
    path, out = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_bytes('年齢,備考,病名\r\n30,,風邪\r\n30,"",骨折\r\n31,髙橋,風邪\r\n31,x,骨折\r\n'.encode("cp932"))
    assert run("generalize", path, "--quasi", "年齢", "--k", "2", "--out", out).exit_code == 0
    assert out.read_bytes().decode("cp932").splitlines()[1:3] == ["30,,風邪", '30,"",骨折']
