"""sekisho mask: from a town's tables to proven test data, as a municipality does it, and what the commands refuse."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tests.engines.masking.tabular import back, rows
from typer.testing import CliRunner

from sekisho.cli import mask, mask_options
from sekisho.cli.main import app
from sekisho.cli.problems import explain
from sekisho.engines.observation import decode
from sekisho.errors import SekishoError

run = CliRunner()
EXAMPLE = Path(__file__).parents[2] / "examples" / "data" / "masking"


@pytest.fixture(autouse=True)
def _japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_LANG", "ja")


def call(*arguments: str | Path, code: int = 0) -> Any:
    """A command with its exit code, errors of our own family included."""
    result = run.invoke(app, ["mask", *map(str, arguments)], catch_exceptions=True)
    found = result.exit_code
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        known = explain(result.exception)  # type: ignore[arg-type]
        assert known is not None, result.exception
        found = known.exit_code
    assert found == code, (found, result.output, result.exception)
    return result


def refused(*arguments: str | Path) -> SekishoError:
    result = run.invoke(app, ["mask", *map(str, arguments)], catch_exceptions=True)
    assert isinstance(result.exception, SekishoError), result.output
    return result.exception


@pytest.fixture
def key(tmp_path: Path) -> Path:
    call("key", "new", tmp_path / "k.json", "--domain", "minamo-test")
    return tmp_path / "k.json"


def test_the_example_is_what_its_description_makes(tmp_path: Path) -> None:
    call("synth", EXAMPLE / "description.yaml", tmp_path / "t", "--format", "csv", "--out-encoding", "cp932")
    for name in ("世帯", "住民", "申請"):
        assert (tmp_path / "t" / f"{name}.csv").read_bytes() == (EXAMPLE / "tables" / f"{name}.csv").read_bytes()


def test_residents_tables_become_proven_test_data_with_a_report(key: Path, tmp_path: Path) -> None:
    """CP932 CSV to XLSX: proposal, sample, run, proof, report and Observation."""
    plan, source, target = EXAMPLE / "plan.yaml", EXAMPLE / "tables", tmp_path / "test.xlsx"
    shown = call("sample", plan, source, "--key", key, "--rows", "2").output
    assert "変換前" in shown
    originals = rows(source)["住民"]
    assert originals[0]["氏名"] not in shown
    made = json.loads(call("run", plan, source, target, "--key", key, "--yes", "--json").stdout)
    assert [(one["name"], one["rows"]) for one in made["tables"]] == [("世帯", 80), ("住民", 173), ("申請", 120)]
    report, observation = tmp_path / "report.md", tmp_path / "o.json"
    arguments = ("--key", key, "--report", report, "--observation", observation, "--organization", "みなも市", "--fictional")
    proof = json.loads(call("verify", plan, source, target, *arguments, "--json").stdout)
    assert proof["holds"]
    assert not [one for one in proof["checks"] if one["outcome"] != "passed"]
    assert {one["explained"] for one in proof["remaining"]} == {"made"}
    text = report.read_text(encoding="utf-8")
    for word in (
        "みなも市",
        "保護管理者",
        "株式会社みなもシステム",
        "形式を保つ暗号化",
        "証明が成り立った",
        proof["plan"]["hash"],
    ):
        assert word in text
    names = {one["氏名"] for one in originals}
    assert not any(name in text or name in json.dumps(proof, ensure_ascii=False) for name in names)
    assert {one.key for one in decode(observation.read_bytes()).measures} >= {"masking.tables_verified", "masking.cells_left"}
    sheet = openpyxl.load_workbook(target)["住民"]
    headings = [cell.value for cell in sheet[1]]
    assert "個人番号" not in headings
    after = back(target)["住民"]
    for column in ("宛名番号", "氏名", "氏名カナ", "住所", "電話番号", "メール"):
        both = [(a[column], b[column]) for a, b in zip(originals, after, strict=True) if a[column]]
        assert all(a != b for a, b in both), column


def test_a_target_that_was_touched_fails_with_exit_code_1_and_no_report_is_signed(key: Path, tmp_path: Path) -> None:
    plan, source, target = EXAMPLE / "plan.yaml", EXAMPLE / "tables", tmp_path / "t"
    call("run", plan, source, target, "--key", key, "--yes")
    path = target / "住民.csv"
    lines = path.read_bytes().split(b"\r\n")
    originals = (source / "住民.csv").read_bytes().split(b"\r\n")
    cells, before = lines[1].split(b","), originals[1].split(b",")
    cells[2] = before[2]
    lines[1] = b",".join(cells)
    path.write_bytes(b"\r\n".join(lines))
    result = call("verify", plan, source, target, "--key", key, "--report", tmp_path / "r.md", code=1)
    assert "証明が成り立ちません" in result.output
    assert "元の値が残っていない" in result.output
    assert before[2].decode("cp932") not in result.output
    assert "このデータを渡してはならない" in (tmp_path / "r.md").read_text(encoding="utf-8")


def test_a_proposal_is_written_reads_back_and_says_what_is_undecided(tmp_path: Path) -> None:
    result = call("plan", EXAMPLE / "tables", "--out", tmp_path / "p.yaml", "--domain", "minamo-test")
    assert "未定 0列" in result.output or "未定" in result.output
    text = (tmp_path / "p.yaml").read_text(encoding="utf-8")
    assert "個人番号: {transform: drop" in text
    assert "fake_name" in text
    assert refused("plan", EXAMPLE / "tables", "--out", tmp_path / "p.yaml").code == "masking_runs.target_exists"
    value = json.loads(call("plan", EXAMPLE / "tables", "--json").stdout)
    assert value["plan"]["tables"]["住民"]["primary_key"] == ["宛名番号"]


def test_the_key_comes_from_the_environment_too(key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = json.loads(key.read_text())["secret"]
    call("run", EXAMPLE / "plan.yaml", EXAMPLE / "tables", tmp_path / "a", "--key", key, "--yes")
    assert refused("run", EXAMPLE / "plan.yaml", EXAMPLE / "tables", tmp_path / "b", "--yes").code == "masking.key_missing"
    monkeypatch.setenv("SEKISHO_MASK_KEY_MINAMO_TEST", f"1:{secret}")
    output = call("run", EXAMPLE / "plan.yaml", EXAMPLE / "tables", tmp_path / "b", "--yes").output
    assert secret not in output
    assert rows(tmp_path / "a") == rows(tmp_path / "b")


def test_nothing_runs_unasked(key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("run", EXAMPLE / "plan.yaml", EXAMPLE / "tables", tmp_path / "t", "--key", key)
    assert refused(*arguments).code == "masking_runs.yes_needed"
    monkeypatch.setattr(mask, "interactive", lambda: True)
    result = run.invoke(app, ["mask", *map(str, arguments)], input="n\n")
    assert result.exit_code == 1
    assert not (tmp_path / "t").exists()
    assert "変換前" in result.output
    assert run.invoke(app, ["mask", *map(str, arguments)], input="y\n").exit_code == 0
    assert (tmp_path / "t").is_dir()


REFUSED = {
    "a plan with a mistake": (("sample", "bad.yaml", "TABLES"), 2),
    "a source that is not there": (("run", "PLAN", "none.csv", "out", "--yes", "--key", "KEY"), 4),
    "the source as target": (("run", "PLAN", "TABLES", "TABLES", "--yes", "--force", "--key", "KEY"), 5),
    "an unknown form": (("run", "PLAN", "TABLES", "out", "--yes", "--format", "docx", "--key", "KEY"), 2),
    "an unknown encoding": (("run", "PLAN", "TABLES", "out", "--yes", "--out-encoding", "ebcdic", "--key", "KEY"), 2),
    "an unknown role": (("views", "PLAN", "委託先"), 4),
    "a view that SQL cannot say": (("views", "PLAN", "統計"), 2),
    "a report of no kind": (("verify", "PLAN", "TABLES", "TABLES", "--report", "r.exe", "--key", "KEY"), 2),
    "a key file twice": (("key", "new", "KEY"), 5),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_have_their_exit_codes(case: str, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text("schema: x\n")
    words = {"PLAN": str(EXAMPLE / "plan.yaml"), "TABLES": str(EXAMPLE / "tables"), "KEY": str(key)}
    arguments, code = REFUSED[case]
    call(*(words.get(one, one) for one in arguments), code=code)
    assert not (tmp_path / "out").exists()


def test_views_for_a_role_are_printed(key: Path) -> None:
    text = call("views", EXAMPLE / "plan.yaml", "窓口", "--schema", "juki").stdout
    assert text.startswith('CREATE VIEW "juki"."住民_窓口" WITH (security_barrier) AS')
    assert "個人番号" not in text


def test_a_description_without_values_makes_tables_again(tmp_path: Path) -> None:
    call("describe", EXAMPLE / "tables", "--out", tmp_path / "d.yaml", "--seed", "5")
    text = (tmp_path / "d.yaml").read_text(encoding="utf-8")
    for table in rows(EXAMPLE / "tables").values():
        for one in table:
            for cell in one.values():
                assert not cell or len(cell) < 4 or cell not in text, cell
    made = json.loads(call("synth", tmp_path / "d.yaml", tmp_path / "t.sqlite", "--json").stdout)
    assert made["rows"].keys() == {"世帯", "住民", "申請"}


def test_english_is_complete(key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_LANG", "en")
    shown = call("sample", EXAMPLE / "plan.yaml", EXAMPLE / "tables", "--key", key, "--rows", "1").output
    assert "Before (in part)" in shown
    call("run", EXAMPLE / "plan.yaml", EXAMPLE / "tables", tmp_path / "t", "--key", key, "--yes")
    result = call("verify", EXAMPLE / "plan.yaml", EXAMPLE / "tables", tmp_path / "t", "--report", tmp_path / "r.md")
    assert "The proof holds" in result.output
    text = (tmp_path / "r.md").read_text(encoding="utf-8")
    assert "Report on the masking of data" in text
    assert "masking_runs" not in text


@pytest.mark.machine_clock
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(how: signal.Signals, key: Path, tmp_path: Path) -> None:
    source = tmp_path / "申請.csv"
    source.write_text("受付番号\n" + "".join(f"{n}.5\n" for n in range(1_000_000)), encoding="utf-8")
    (tmp_path / "p.yaml").write_text(
        "schema: sekisho.masking_plan/1\ntitle: t\nversion: 1\npurpose: p\nrecipient: r\ndomain: minamo-test\n"
        "tables:\n  申請:\n    columns:\n      受付番号: {transform: noise, amount: 9}\n",
        encoding="utf-8",
    )
    # whoever starts the tests in the background may have had SIGINT ignored
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from sekisho.cli.main import run; run()"
    program = [sys.executable, "-c", heard]
    arguments = ["mask", "run", str(tmp_path / "p.yaml"), str(source), str(tmp_path / "t.csv"), "--key", str(key), "--yes"]
    process = subprocess.Popen([*program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part = tmp_path / ".t.csv.sekisho-partial"
    try:
        while process.poll() is None and not (part / "t.csv").exists():
            time.sleep(0.01)
        process.send_signal(how)
        assert process.wait(60) == 130
    finally:
        process.kill()
        process.wait()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["k.json", "p.yaml", "申請.csv"]


def test_the_command_loads_nothing_heavy_before_it_is_used() -> None:
    heavy = ["pyarrow", "duckdb", "numpy", "sqlalchemy", "numba"]
    code = f"import sys, sekisho.cli.mask; print([one for one in {heavy!r} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert mask_options.word("kind_my_number") == "個人番号"
