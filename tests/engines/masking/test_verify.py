"""The proof: it holds for what a run made, and for nothing that was changed, left or not compared."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engines.masking.plans import KEYS, Nothing, Words, plan, town

from sekisho.engines.masking.keys import KeyRing
from sekisho.engines.masking.observe import observe
from sekisho.engines.masking.plan import Plan, parse_plan
from sekisho.engines.masking.run import run
from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.tables import Dialect, Reading
from sekisho.engines.masking.targets import Writing
from sekisho.engines.masking.verify import Proof, verify
from sekisho.engines.masking.verify.odds import by_chance, tail
from sekisho.standards.texts import render

Lines = list[list[str]]


def proven(wanted: Plan, source: Path, target: Path, *, inspector: object = None, keys: KeyRing | None = KEYS) -> Proof:
    """The proof of a target."""
    with open_source(source) as before, open_source(target, Reading(unescape_formulas=True)) as after:
        scan = inspector or Nothing()
        return verify(wanted, before, after, random=os.urandom, inspector=scan, keys=keys)  # type: ignore[arg-type]


def made(wanted: Plan, folder: Path, target: str = "t") -> tuple[Path, Path]:
    """A town and its masked copy."""
    source = town(folder / "s")
    with open_source(source) as opened:
        run(wanted, opened, folder / target, keys=KEYS, random=os.urandom)
    return source, folder / target


def failed(proof: Proof) -> set[tuple[str, str]]:
    return {(one.code, one.column) for one in proof.failed}


def edit(path: Path, change: Callable[[Lines], None]) -> None:
    """Change the rows of a CSV file by hand."""
    lines = [line.split(",") for line in path.read_text(encoding="cp932").splitlines()]
    change(lines)
    path.write_text("".join(",".join(line) + "\n" for line in lines), encoding="cp932", newline="\r\n")


@pytest.mark.parametrize("target", ["t", "t.xlsx", "t.db"])
def test_what_a_run_made_is_proven(target: str, tmp_path: Path) -> None:
    proof = proven(plan(), *made(plan(), tmp_path, target))
    assert failed(proof) == set()
    assert proof.holds
    assert proof.compared == 60 + 4 * 300
    done = {one.code for one in proof.checks}
    assert done >= {
        "columns",
        "rows",
        "kept",
        "remains",
        "gaps",
        "consistent",
        "distinct",
        "unique",
        "references",
        "leak_scan",
        "again",
    }


def test_a_proof_without_keys_says_that_it_did_not_mask_again(tmp_path: Path) -> None:
    proof = proven(plan(), *made(plan(), tmp_path), keys=None)
    assert [(one.code, one.reason) for one in proof.checks if one.outcome.value == "not_done"] == [("again", "no_keys")]
    assert proof.holds
    assert proof.keys == ()


def _value(row: int, column: int, text: str) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        lines[row][column] = text

    return change


def _unmask(column: int, count: int) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        from tests.engines.masking.plans import RESIDENTS

        originals = [line.split(",") for line in RESIDENTS.splitlines()]
        for row in range(1, count + 1):
            lines[row][column] = originals[row][column]

    return change


TAMPERED: dict[str, tuple[Callable[[Lines], None], set[tuple[str, str]]]] = {
    "one name as it was": (_unmask(2, 1), {("remains", "氏名")}),
    "all names as they were": (_unmask(2, 300), {("remains", "氏名")}),
    "one number as it was": (_unmask(0, 1), {("remains", "宛名番号")}),
    "a kept value changed": (_value(5, 5, "1"), {("kept", "所得")}),
    "a row less": (lambda lines: lines.pop(), {("rows", "")}),
    "a row twice": (lambda lines: lines.append(lines[3]), {("rows", "")}),
    "a reference that leads elsewhere": (_value(5, 1, "99999999"), {("references", "世帯番号")}),
    "a key twice": (lambda lines: lines[7].__setitem__(0, lines[8][0]), {("unique", "宛名番号")}),
    "a value where there was one, gone": (_value(9, 2, ""), {("gaps", "氏名")}),
    "one date that is not the redaction": (_value(9, 3, "1970-01-02"), {("remains", "生年月日")}),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_a_target_that_was_changed_is_not_proven(case: str, tmp_path: Path) -> None:
    change, expected = TAMPERED[case]
    source, target = made(plan(), tmp_path)
    edit(target / "住民.csv", change)
    proof = proven(plan(), source, target)
    assert not proof.holds
    assert expected <= failed(proof)


def test_the_source_itself_is_no_masked_copy(tmp_path: Path) -> None:
    source, _ = made(plan(), tmp_path)
    proof = proven(plan(("{transform: drop, kinds: free_text}", "redact")), source, source)
    assert not proof.holds
    assert {("remains", one) for one in ("宛名番号", "世帯番号", "氏名", "生年月日")} <= failed(proof)


def test_a_column_that_should_be_gone_fails(tmp_path: Path) -> None:
    source, target = made(plan(("{transform: drop, kinds: free_text}", "redact")), tmp_path)
    proof = proven(plan(), source, target)
    assert not proof.holds
    assert ("columns", "") in failed(proof)


def test_nothing_proves_nothing(tmp_path: Path) -> None:
    source = town(tmp_path / "s")
    for name in ("世帯", "住民"):
        path = source / f"{name}.csv"
        path.write_bytes(path.read_bytes().split(b"\r\n")[0] + b"\r\n")
    with open_source(source) as opened:
        run(plan(), opened, tmp_path / "t", keys=KEYS, random=os.urandom)
    proof = proven(plan(), source, tmp_path / "t")
    assert failed(proof) == set()
    assert not proof.holds


def test_without_a_leak_scan_nothing_is_proven(tmp_path: Path) -> None:
    source, target = made(plan(), tmp_path)
    with open_source(source) as before, open_source(target) as after:
        proof = verify(plan(), before, after, random=os.urandom, inspector=None, keys=KEYS)
    assert not proof.holds


def test_personal_data_that_is_left_is_named_by_column_and_row_and_not_shown(tmp_path: Path) -> None:
    kept = plan(("{transform: drop, kinds: free_text}", "keep"))
    proof = proven(kept, *made(kept, tmp_path), inspector=Words({"電話": "telephone"}))
    assert not proof.holds
    (left,) = proof.leaks
    assert (left.table, left.column, left.kind, left.count, left.rows[0]) == ("住民", "備考", "telephone", 30, 7)
    assert "電話あり" not in repr(proof.as_dict())
    said = plan(("{transform: drop, kinds: free_text}", "{transform: keep, not_personal: 定型の言葉だけ}"))
    again = proven(said, tmp_path / "s", tmp_path / "t", inspector=Words({"電話": "telephone"}))
    assert [one.explained for one in again.remaining] == ["person"]
    assert again.holds


def test_what_is_kept_on_a_basis_is_explained_by_it_and_part_of_an_original_by_nothing(tmp_path: Path) -> None:
    parts = "who: 課長, document: 誓約書1, signed_on: 2026-12-01, ends: erase, until: 2027-03-31, confirmed_by: 保護管理者"
    basis = ("tables:\n", f"bases:\n  b: {{{parts}}}\nplace: inside\ntables:\n")
    free = "{transform: drop, kinds: free_text}"
    kept = plan(basis, (free, "{transform: keep, kinds: free_text, basis: b}"))
    proof = proven(kept, *made(kept, tmp_path), inspector=Words({"電話": "telephone"}))
    assert [one.explained for one in proof.remaining] == ["basis"]
    assert proof.holds
    part = plan((free, "{transform: partial_mask, keep_first: 3, mask: '*', wide_mask: '*'}"))
    again = proven(part, *made(part, tmp_path, "u"), inspector=Words({"電話": "telephone"}))
    assert [(one.column, one.kind) for one in again.leaks] == [("備考", "telephone")]


def test_a_reason_does_not_explain_away_my_number(tmp_path: Path) -> None:
    kept = plan(("{transform: drop, kinds: free_text}", "{transform: keep, not_personal: 定型の言葉だけ}"))
    proof = proven(kept, *made(kept, tmp_path), inspector=Words({"電話": "my_number"}))
    assert [one.kind for one in proof.leaks] == ["my_number"]


def test_another_key_is_noticed(tmp_path: Path) -> None:
    from sekisho.engines.masking.keys import DomainKey

    other = KeyRing([DomainKey(b"9" * 32, domain="test")])
    proof = proven(plan(), *made(plan(), tmp_path), keys=other)
    assert {one.code for one in proof.failed} == {"again"}


DATES = plan(
    (
        "生年月日: {transform: redact, text: '1970-01-01', kinds: birth_date}",
        "生年月日: {transform: date_shift, entity: 宛名番号}",
    )
)


def test_shifted_dates_are_proven_and_an_uneven_shift_is_noticed(tmp_path: Path) -> None:
    source = town(tmp_path / "s")
    text = (source / "住民.csv").read_text(encoding="cp932")
    lines = [line.split(",") for line in text.splitlines()]
    for line in lines[1:]:
        line[6] = line[3]  # 備考 becomes a second date
    (source / "住民.csv").write_text("".join(",".join(line) + "\n" for line in lines), encoding="cp932")
    wanted = plan(
        (
            "生年月日: {transform: redact, text: '1970-01-01', kinds: birth_date}",
            "生年月日: {transform: date_shift, entity: 宛名番号}",
        ),
        ("{transform: drop, kinds: free_text}", "{transform: date_shift, entity: 宛名番号}"),
    )
    with open_source(source) as opened:
        run(wanted, opened, tmp_path / "t", keys=KEYS, random=os.urandom)
    proof = proven(wanted, source, tmp_path / "t")
    assert failed(proof) == set()
    assert [one.fields["persons"] for one in proof.checks if one.code == "intervals"] == [300]
    edit(tmp_path / "t" / "住民.csv", _value(5, 6, "2001-01-01"))
    assert ("intervals", "生年月日, 備考") in failed(proven(wanted, source, tmp_path / "t"))


def test_shuffled_and_noisy_columns_are_judged_by_what_they_promise(tmp_path: Path) -> None:
    for transform, code in (("{transform: shuffle}", "frequencies"), ("{transform: noise, percent: 10}", "moments")):
        wanted = plan(("所得: {transform: keep, kinds: amount}", f"所得: {transform}"))
        folder = tmp_path / code
        folder.mkdir()
        source, target = made(wanted, folder)
        proof = proven(wanted, source, target)
        assert failed(proof) == set(), transform
        assert code in {one.code for one in proof.checks}
        edit(target / "住民.csv", lambda lines: [line.__setitem__(5, "9000000") for line in lines[1:]])  # type: ignore[func-returns-value]
        assert (code, "所得") in failed(proven(wanted, source, target))


def test_equal_values_in_a_small_domain_are_explained_and_not_failed(tmp_path: Path) -> None:
    """A pool of ten names must give some people a name that somebody had: chance, and the proof says so."""
    from sekisho.engines.masking.verify.comparing import Comparer
    from sekisho.engines.masking.verify.pairing import paired

    source = tmp_path / "s.csv"
    target = tmp_path / "t.csv"
    draw = random.Random(5)
    pool = [f"名{n}" for n in range(10)]
    source.write_text("n\n" + "".join(f"{draw.choice(pool)}\n" for _ in range(2000)))
    target.write_text("n\n" + "".join(f"{draw.choice(pool)}\n" for _ in range(2000)))
    with open_source(source) as before, open_source(target) as after:
        from dataclasses import replace

        out = replace(before.tables[0], name="t")
        pairs = paired(before, after, before.tables[0], out, folder=tmp_path, key=b"k" * 32)
        comparer = Comparer(tmp_path)
        found = comparer.likeness(pairs, "n", by_value=False)
        comparer.close()
    assert 150 < found.unchanged < 250
    assert by_chance(found.expected, found.unchanged)
    assert not by_chance(found.expected, found.unchanged + 150)


READ_ALIKE = """\
schema: sekisho.masking_plan/1
title: 試験用データ
version: 1
purpose: 結合試験
recipient: 委託先A
domain: test
tables:
  s:
    columns:
      番号: {transform: ff1, kinds: addressee_number}
      カナ: {transform: fake_name, what: name_kana, entity: 番号, kinds: person_kana}
"""


def _read_alike(folder: Path) -> tuple[Plan, Path, Path]:
    """A hundred persons, one of whom is by chance given a name that is read like her own."""
    wanted = parse_plan(READ_ALIKE.encode(), file="plan.yaml")
    source, target = folder / "s.csv", folder / "t.csv"
    rows = [[f"{n:010d}", f"ミナモ　タロウ{n}"] for n in range(100)]
    for chance in (False, True):
        if chance:
            rows[40][1] = target.read_text(encoding="utf-8").splitlines()[41].split(",")[1]
            target.unlink()
        source.write_text("番号,カナ\n" + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
        with open_source(source) as opened:
            run(wanted, opened, target, keys=KEYS, random=os.urandom)
    return wanted, source, target


def test_a_name_that_the_plan_itself_makes_read_like_the_original_is_told_from_one_that_was_left(tmp_path: Path) -> None:
    wanted, source, target = _read_alike(tmp_path)
    proof = proven(wanted, source, target)
    assert proof.holds
    (check,) = [one for one in proof.checks if (one.code, one.column) == ("remains", "カナ")]
    assert (check.fields["unchanged"], check.fields["explanation"]) == (1, "made_so")
    assert "鍵で作り直して確かめた" in render("masking_runs.explanation_made_so", check.fields, "ja")
    # without the key nobody can tell
    assert failed(proven(wanted, source, target, keys=None)) == {("remains", "カナ")}
    lines = target.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[70] = lines[70].split(",")[0] + ",ミナモ　タロウ69\n"
    target.write_text("".join(lines), encoding="utf-8")
    assert ("remains", "カナ") in failed(proven(wanted, source, target))


def test_what_cp932_holds_as_another_character_is_the_same_value(tmp_path: Path) -> None:
    """A kept 〜 and − out of UTF-8 lie in a file of CP932 as their full-width twins: kept all the same."""
    text = READ_ALIKE.replace("カナ: {transform: fake_name, what: name_kana, entity: 番号, kinds: person_kana}", "備考: keep")
    wanted = parse_plan(text.encode(), file="plan.yaml")
    source, target = tmp_path / "s.csv", tmp_path / "t.csv"
    source.write_text("番号,備考\n" + "".join(f"{n:010d},10〜{n}分（−{n}）\n" for n in range(100)), encoding="utf-8")
    with open_source(source) as opened:
        run(wanted, opened, target, keys=KEYS, random=os.urandom, how=Writing("csv", Dialect(encoding="cp932")))
    proof = proven(wanted, source, target)
    assert failed(proof) == set()
    assert proof.holds
    target.write_bytes(target.read_bytes().replace("10～7分".encode("cp932"), "10-7分".encode("cp932")))
    assert ("kept", "備考") in failed(proven(wanted, source, target))


def test_the_odds_are_those_of_a_poisson_variable() -> None:
    assert tail(1.0, 1) == pytest.approx(0.6321205588)
    assert tail(2.0, 5) == pytest.approx(0.0526530173)
    assert tail(0.0, 1) == 0.0
    assert tail(3.0, 0) == 1.0
    assert tail(5.0, 40) == pytest.approx(8.55002e-23, rel=1e-4)
    assert tail(500.0, 600) == pytest.approx(7.78527e-06, rel=1e-4)


def test_the_observation_counts_and_names_and_shows_nothing(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    source, target = made(plan(), tmp_path)
    now = datetime(2026, 12, 1, tzinfo=UTC)
    good = observe(plan(), proven(plan(), source, target), now=now, version="1")
    figures = {one.key: one.value for one in good.measures}
    assert figures == {
        "masking.columns_masked": 6,
        "masking.personal_columns_kept": 0,
        "masking.cells_left": 0,
        "masking.tables_verified": 1.0,
        "masking.proof_holds": 1,
    }
    edit(target / "住民.csv", _unmask(2, 1))
    bad = observe(plan(), proven(plan(), source, target), now=now, version="1")
    assert {one.key: one.value for one in bad.measures}["masking.tables_verified"] == 0.0
    assert {one.code for one in bad.findings} >= {"masking_runs.check_remains"}
    assert "佐藤" not in repr(bad)
