"""What each modifier of Sigma means, in the local executor, DuckDB and ClickHouse alike."""

from __future__ import annotations

from pathlib import Path

import chdb
import duckdb
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest

from sekisho.engines.detection.sigma import RuleSet
from sekisho.engines.detection.sigma.sql import CLICKHOUSE, DUCKDB, Dialect
from sekisho.engines.detection.sigma.sql_run import queries, run_queries

from .making import SYSMON, batch, records, rule, rules, table


def local(made: RuleSet, events: pa.Table, _: Path) -> set[int]:
    return set(records(made, batch_of(events)))


def batch_of(events: pa.Table):
    from sekisho.engines.events import Batch

    return Batch(SYSMON, events)


def _sql(made: RuleSet, events: pa.Table, fetch, dialect: Dialect, name: str) -> set[int]:
    asked = list(queries(made, SYSMON, table=name, columns=events.column_names, dialect=dialect))
    return {hit.record for hit in run_queries(made, SYSMON, asked, fetch)}


def duck(made: RuleSet, events: pa.Table, _: Path) -> set[int]:
    connection = duckdb.connect()
    connection.register("events", events)
    return _sql(made, events, lambda sql: connection.sql(sql).to_arrow_table(), DUCKDB, "events")


def click(made: RuleSet, events: pa.Table, folder: Path) -> set[int]:
    file = folder / "events.parquet"
    pyarrow.parquet.write_table(events, file)

    def fetch(sql: str) -> pa.Table:
        answer = chdb.query(sql, "ArrowStream").bytes()
        return pa.ipc.open_stream(answer).read_all() if answer else events.slice(0, 0)

    return _sql(made, events, fetch, CLICKHOUSE, f"file('{file}', Parquet)")


EXECUTORS = {"local": local, "duckdb": duck, "clickhouse": click}

# name: (detection of one selection, values of the field F by record; None: the field is absent, records that must be found)
VALUES: dict[str, tuple[str, list[str | None], set[int]]] = {
    "equal without case": ("F: PowerShell.exe", ["powershell.EXE", "powershell.exe ", None, ""], {1}),
    "equal to a number": ("F: 4688", ["4688", "04688", "4688.0"], {1}),
    "equal to a truth value": ("F: true", ["true", "True", "1"], {1, 2}),
    "empty text is not absent": ("F: ''", ["", None, " "], {1}),
    "null is absent or empty": ("F: null", ["", None, "x"], {1, 2}),
    "any of a list": ("F: [a, b]", ["A", "b", "c", "ab"], {1, 2}),
    "contains": ("F|contains: mimi", ["xMIMIx", "mim", None], {1}),
    "contains all": ("F|contains|all: [a, b]", ["xbxa", "a", "b"], {1}),
    "contains any": ("F|contains: ['-enc', '/enc']", ["x -ENC y", "x /enc", "enc"], {1, 2}),
    "starts with": ("F|startswith: 'C:\\Win'", ["c:\\windows", "xc:\\windows"], {1}),
    "ends with": ("F|endswith: '\\cmd.exe'", ["C:\\CMD.exe", "cmd.exe", "\\cmd.exe "], {1}),
    "one backslash is itself": ("F: 'a\\b'", ["a\\b", "ab"], {1}),
    "two backslashes are one": ("F: 'a\\\\b'", ["a\\b", "a\\\\b"], {1}),
    "escaped star": ("F|contains: 'a\\*b'", ["xa*bx", "axxb"], {1}),
    "escaped question mark": ("F: 'a\\?'", ["a?", "ab"], {1}),
    "backslash before a wildcard": ("F: 'a\\\\*'", ["a\\x", "a*", "a\\"], {1, 3}),
    "star inside": ("F: 'a*c'", ["abbc", "ac", "abcd", "A\nC"], {1, 2, 4}),
    "question mark is one character": ("F: 'a?c'", ["abc", "ac", "abbc", "a日c", "a\nc"], {1, 4, 5}),
    "only a star: any value": ("F: '*'", ["", "x", None], {1, 2}),
    "percent is itself": ("F|contains: '100%'", ["is 100% x", "is 1000"], {1}),
    "underscore is itself": ("F: 'a_b'", ["a_b", "axb"], {1}),
    "quotes are themselves": ("F|contains: \"it's \\\"q\\\"\"", ["it's \"q\"", "its q"], {1}),
    "Japanese": ("F|contains: 認証に失敗", ["ユーザーの認証に失敗しました", "認証"], {1}),
    "full-width letters have case": ("F|contains: ＡＤＭＩＮ", ["ａｄｍｉｎ", "admin"], {1}),
    "sigma at the end of a word": ("F: ΟΔΟΣ", ["οδοσ", "ΟΔΟΣ", "οδος"], {1, 2}),
    "dotted I is one character": ("F: 'a?b'", ["aİb", "ai̇b"], {1}),
    "line breaks and tabs": ('F|contains: "a\\n\\tb"', ["xa\n\tbx", "a b"], {1}),
    "cased": ("F|cased: ABC", ["ABC", "abc"], {1}),
    "cased contains": ("F|contains|cased: ABC", ["xABCx", "xabcx"], {1}),
    "regular expression counts case": ("F|re: 'a.c$'", ["xabc", "xaBc", "xAbc", "abcd", None], {1, 2}),
    "regular expression without case": ("F|re|i: 'A.C'", ["xabc", "ac"], {1}),
    "dot is no line break": ("F|re: 'a.c'", ["a\nc", "abc"], {2}),
    "dot is a line break under s": ("F|re|s: 'a.c'", ["a\nc", "abc"], {1, 2}),
    "lines under m": ("F|re|m: '^b$'", ["a\nb\nc", "ab"], {1}),
    "look-ahead": ("F|re: 'a(?!b)'", ["ab", "ac", None], {2}),
    "back reference": ("F|re: '(.)\\1'", ["aa", "ab"], {1}),
    "digits are ASCII": ("F|re: '^\\d+$'", ["12", "１２"], {1}),
    "IPv4 network": ("F|cidr: 10.1.0.0/16", ["10.1.2.3", "10.2.0.1", "::ffff:10.1.0.9", "10.1.2", "010.1.2.3", "x10.1.2.3", ""], {1, 3}),
    "IPv6 network": ("F|cidr: 2001:db8::/32", ["2001:DB8::1", "2001:db9::1", "10.1.2.3", "2001:0db8:0:0::"], {1, 4}),
    "mapped address otherwise written": ("F|cidr: 10.0.0.0/8", ["::ffff:a01:203", "::ffff:b01:203"], {1}),
    "less": ("F|lt: 10", ["9", "10", "-1", "9.5", "1e0", "x", "", "0x1"], {1, 3, 4, 5}),
    "at least": ("F|gte: 10", ["10", "9.99", "1e3", "1e999", " 10"], {1, 3}),
    "exists": ("F|exists: true", ["x", "", None], {1, 2}),
    "does not exist": ("F|exists: false", ["x", "", None], {3}),
    "not equal": ("F|neq: a", ["a", "b", None], {2, 3}),
    "dash or slash": ("F|windash|contains: ' -f'", ["x -F", "x /f", "x –f", "x —f", "x f"], {1, 2, 3, 4}),
    "base64": ("F|base64|contains: foobar", ["x Zm9vYmFy y", "foobar"], {1}),
    "base64 at any offset": ("F|base64offset|contains: foobar", ["Zm9vYmFy", "Zvb2Jhcg", "mb29iYX", "foobar"], {1, 2, 3}),
    "wide, then base64": ("F|wide|base64offset|contains: ab", ["YQBiA", "xEAYg", "ab"], {1, 2}),
    "hour": ("F|hour: 9", ["2026-04-01T09:30:00", "2026-04-01 10:30", "09:30"], {1}),
    "week": ("F|week: 14", ["2026-04-01T09:30:00Z", "2026-04-08 09:30:00", "2026-13-41T00:00"], {1}),
}  # fmt: skip


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("name", VALUES)
def test_a_test_of_a_value(name: str, executor: str, tmp_path: Path) -> None:
    selection, values, expected = VALUES[name]
    made = rules(rule(f"s:\n  {selection}\ncondition: s"))
    assert not made.broken, made.broken
    assert EXECUTORS[executor](made, table([{"F": value, "G": "x"} for value in values]), tmp_path) == expected


# name: (detection with condition, events, records that must be found)
CONDITIONS: dict[str, tuple[str, list[dict[str, str | None]], set[int]]] = {
    "NOT holds where the field is absent": (
        "s: {F: a}\nf: {G: b}\ncondition: s and not f",
        [{"F": "a", "G": "b"}, {"F": "a", "G": None}, {"F": "a", "G": "c"}],
        {2, 3},
    ),
    "NOT holds where no event has the field": ("s: {F: a}\nf: {H|contains: b}\ncondition: s and not f", [{"F": "a"}], {1}),
    "one of several": ("s_1: {F: a}\ns_2: {G: b}\ncondition: 1 of s_*", [{"F": "a"}, {"G": "b"}, {"F": "b"}], {1, 2}),
    "all of them": ("s: {F: a}\nt: {G: b}\ncondition: all of them", [{"F": "a", "G": "b"}, {"F": "a"}], {1}),
    "a list of mappings is any": ("s:\n  - F: a\n  - G: b\ncondition: s", [{"F": "a"}, {"G": "b"}, {"F": "x"}], {1, 2}),
    "and before or": ("a: {F: a}\nb: {G: b}\nc: {G: c}\ncondition: a and b or c", [{"F": "a"}, {"G": "c"}, {"F": "a", "G": "b"}], {2, 3}),
    "keywords look at every field": ("k: [mimikatz]\ncondition: k", [{"F": "x"}, {"G": "run MIMIKATZ now"}, {"F": "Mimikatz"}], {2, 3}),
    "all keywords, wherever": ("k:\n  '|all': [foo, bar]\ncondition: k", [{"F": "foo", "G": "bar"}, {"F": "foo"}], {1}),
    "not a keyword": ("s: {F|exists: true}\nk: [foo]\ncondition: s and not k", [{"F": "x", "G": "foo"}, {"F": "x"}], {2}),
    "another field's value": ("s: {F|fieldref: G}\ncondition: s", [{"F": "A", "G": "a"}, {"F": "a"}, {"F": "a", "G": "b"}], {1}),
    "begins with another field's value": ("s: {F|fieldref|startswith: G}\ncondition: s", [{"F": "abc", "G": "AB"}, {"F": "c", "G": "b"}], {1}),
    "field names without case": ("s: {f: a}\ncondition: s", [{"F": "a"}], {1}),
    "two conditions are either": ("s: {F: a}\nt: {G: b}\ncondition: [s, t]", [{"F": "a"}, {"G": "b"}, {"G": "c"}], {1, 2}),
    "the partition's event id": ("s: {EventID: 1, F: a}\ncondition: s", [{"F": "a"}, {"F": "b"}], {1}),
    "another event id": ("s: {EventID: 2, F: a}\ncondition: s", [{"F": "a"}], set()),
    "only a negation": ("f: {F: a}\ncondition: not f", [{"F": "a"}, {"F": "b"}, {"G": "x"}], {2, 3}),
}  # fmt: skip


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition(name: str, executor: str, tmp_path: Path) -> None:
    detection, rows, expected = CONDITIONS[name]
    made = rules(rule(detection))
    assert not made.broken, made.broken
    assert EXECUTORS[executor](made, table(rows), tmp_path) == expected


def test_values_for_placeholders() -> None:
    text = rule("s:\n  F|expand: '%admins%'\ncondition: s")
    assert rules(text).unsupported[0].code == "detection.placeholder_unknown"
    made = rules(text, placeholders={"admins": ["alice", "bob*"]})
    assert records(made, batch([{"F": "ALICE"}, {"F": "bobby"}, {"F": "bob*"}])) == [1, 3]
