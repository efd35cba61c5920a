"""The store: what comes back, what is not doubled, what a crash leaves, what retention removes."""

from __future__ import annotations

import gzip
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.events.evtx_writer import Event, evtx
from tests.engines.events.support import JAPAN, REFERENCE

from sekisho.engines import events as engine
from sekisho.engines.events import Options, Partition, RetentionRule, Store
from sekisho.engines.events.store import store as store_module
from sekisho.engines.events.store.joining import join_small
from sekisho.engines.events.store.manifest import Manifest, locked
from sekisho.engines.events.store.names import folder_of
from sekisho.errors import Conflict, InputError, Unavailable

NOW = datetime(2026, 1, 10, tzinfo=UTC)
AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def syslog(*seconds: int, host: str = "web01", word: str = "x") -> str:
    return "".join(f"{(AT + timedelta(seconds=s)).isoformat()} {host} app[1]: {word} {s}\n" for s in seconds)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def take(store, path, content=None, **more):
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    options = Options(zone=JAPAN, reference=REFERENCE)
    return store.ingest([path], now=more.pop("now", NOW), options=options, **more)


def messages(store, **where):
    found = [row["message"] for batch in store.batches(**where) for row in batch.table.to_pylist()]
    return sorted(found)


def total(store):
    return sum(one.events for one in store.partitions())


def test_public_names_are_there():
    assert all(hasattr(engine, name) for name in engine.__all__)
    assert {"Store", "read", "Options", "Report", "Batch", "Partition"} <= set(engine.__all__)


def test_events_come_back_by_partition_time_and_column(store, tmp_path):
    take(store, tmp_path / "a.evtx", evtx([Event(4625, "Security", AT + timedelta(hours=i), {"A": str(i)}) for i in range(5)]))
    take(store, tmp_path / "b.log", syslog(1, 2))
    (batch,) = store.batches(source="windows", channel="Security", event="4625")
    assert batch.partition == Partition("windows", "Security", "4625", AT.date())
    assert batch.table.column("A").to_pylist() == list("01234")
    (part,) = store.batches(
        source="windows", since=AT + timedelta(hours=1), until=AT + timedelta(hours=3), columns=["a", "_RECORD"]
    )
    assert part.table.column("A").to_pylist() == ["1", "2"]
    assert set(part.table.column_names) == {"_time", "_record", "A"}
    assert [one.partition.source for one in store.partitions()] == ["syslog", "windows"]
    assert (store.partitions()[1].since, store.partitions()[1].until) == (AT, AT + timedelta(hours=4))


def test_every_event_leads_back_to_its_line(store, tmp_path):
    path = tmp_path / "b.log"
    take(store, path, syslog(1, 2, 3))
    (batch,) = store.batches()
    for row in batch.table.to_pylist():
        assert row["_file"] == str(path)
        assert row["message"] in path.read_text().splitlines()[row["_record"] - 1]


@pytest.mark.parametrize(
    ("case", "again"),
    [
        ("the same file", lambda path, _: path),
        ("renamed", lambda path, other: path.rename(other)),
        ("compressed", lambda path, other: other.write_bytes(gzip.compress(path.read_bytes())) and other),
    ],
)
def test_nothing_is_read_twice(case, again, store, tmp_path):
    path = tmp_path / "a.log"
    take(store, path, syslog(1, 2, 3))
    second = take(store, again(path, tmp_path / "other"))
    assert (second.records, total(store)) == (0, 3), case
    assert second.files[0].skipped in {"events.known_file", "events.known_content"}


def test_a_grown_log_adds_only_its_new_lines(store, tmp_path):
    path = tmp_path / "a.log"
    take(store, path, syslog(1, 2))
    grown = take(store, path, syslog(1, 2, 3, 4))
    assert (grown.records, grown.files[0].known) == (2, 2)
    rotated = take(store, tmp_path / "a.log.1.gz", gzip.compress(syslog(1, 2, 3, 4, 5).encode()))
    assert rotated.records == 1
    assert messages(store) == [f"x {i}" for i in range(1, 6)]
    (row,) = [row for b in store.batches() for row in b.table.to_pylist() if row["message"] == "x 5"]
    assert row["_record"] == 5


GROWTH = {
    "the last line gets its end": (syslog(1, 2)[:-1], syslog(1, 2, 3), ["x 1", "x 2", "x 3"]),
    "the last line goes on": (syslog(1, 2)[:-1], syslog(1, 2)[:-1] + "22\n", ["x 1", "x 2", "x 222"]),
    "another beginning": (syslog(1, 2), syslog(7, 2), ["x 1", "x 2", "x 2", "x 7"]),
    "cut off and begun anew": (syslog(1, 2), syslog(9), ["x 1", "x 2", "x 9"]),
}


@pytest.mark.parametrize("case", GROWTH)
def test_growth(case, store, tmp_path):
    first, then, expected = GROWTH[case]
    path = tmp_path / "a.log"
    take(store, path, first)
    take(store, path, then)
    assert messages(store) == expected


def test_a_grown_table_keeps_its_headings(store, tmp_path):
    path = tmp_path / "door.csv"
    text = "日時,扉名,カード番号\n2026/01/05 1:00,a,1\n"
    take(store, path, text)
    take(store, path, text + "2026/01/05 2:00,b,2\n")
    rows = [row for b in store.batches() for row in b.table.to_pylist()]
    assert [(row["door"], row["card"], row["_record"]) for row in rows] == [("a", "1", 2), ("b", "2", 3)]


def test_a_grown_windows_log_adds_only_new_records(store, tmp_path):
    def log(count):
        return evtx([Event(1, "System", AT + timedelta(seconds=i), {"n": str(i)}) for i in range(count)])

    take(store, tmp_path / "a.evtx", log(300))
    grown = take(store, tmp_path / "copy.evtx", log(500))
    assert (grown.records, grown.files[0].known) == (200, 300)
    assert total(store) == 500


def test_windows_logs_that_begin_alike_lose_nothing(store, tmp_path):
    same = Event(1, "System", AT, {"n": "0"})
    take(
        store,
        tmp_path / "a.evtx",
        evtx([same, *(Event(1, "System", AT + timedelta(hours=i), {"n": f"a{i}"}) for i in range(1, 5))]),
    )
    other = take(
        store,
        tmp_path / "b.evtx",
        evtx([same, *(Event(1, "System", AT + timedelta(days=i), {"n": f"b{i}"}) for i in range(1, 9))]),
    )
    assert other.records == 9


def test_an_unreadable_file_may_be_read_again_with_another_source(store, tmp_path):
    path = tmp_path / "a.txt"
    assert take(store, path, '{"x":\n"2026"}').records == 1
    prose = tmp_path / "b.txt"
    assert take(store, prose, "AAA\nBBB\n").records == 0
    assert take(store, prose).files[0].skipped == ""
    assert len(store.rejects()) == 1
    assert len(store.files()) == 2


def test_field_names_keep_the_first_spelling_of_the_store(store, tmp_path):
    take(store, tmp_path / "a.json", '{"time":"2026-01-05","UserName":"a"}\n')
    take(store, tmp_path / "b.json", '{"time":"2026-01-05","username":"b"}\n')
    rows = [row for b in store.batches() for row in b.table.to_pylist()]
    assert sorted(row["UserName"] for row in rows) == ["a", "b"]


def test_rejects_are_kept_aside_and_counted(store, tmp_path):
    take(store, tmp_path / "a.log", syslog(1) + "???\n" + syslog(2))
    (reject,) = store.rejects()
    assert (reject.code, reject.record, reject.excerpt) == ("events.line_unreadable", 2, b"???")
    (stored,) = store.files()
    assert (stored.records, stored.rejects, stored.source) == (2, {"events.line_unreadable": 1}, "syslog")


def test_days_with_many_events_have_their_own_file(store, tmp_path):
    lines = [f"{(AT + timedelta(days=i % 2, seconds=i)).isoformat()} h app: {i}\n" for i in range(12_000)]
    take(store, tmp_path / "a.log", "".join(lines))
    assert sorted(s.partition.day for s in store.segments()) == [AT.date(), (AT + timedelta(days=1)).date()]
    assert [s.indexed for s in store.segments()] == [True, True]


def test_gaps_and_activity(store, tmp_path):
    take(store, tmp_path / "a.log", syslog(0, 10, 3600 * 30, 3600 * 31) + syslog(0, 3600 * 5, host="db01"))
    (gap,) = store.gaps(longest=timedelta(hours=24))
    assert (gap.source, gap.host, gap.since, gap.until) == ("syslog", "web01", AT + timedelta(hours=1), AT + timedelta(hours=30))
    assert Counter(one.events for one in store.activity(source="syslog")) == Counter({2: 1, 1: 4})


# -- crashes, locks, damage


def test_a_crash_leaves_the_store_as_it_was(store, tmp_path, monkeypatch):
    take(store, tmp_path / "a.log", syslog(1, 2))

    def fail(*_):
        raise OSError(28, "full")

    monkeypatch.setattr(store_module.Manifest, "add_rejects", fail)
    with pytest.raises(OSError, match="full"):
        take(store, tmp_path / "b.log", syslog(3, 4))
    monkeypatch.undo()
    assert messages(store) == ["x 1", "x 2"]
    assert len(list((tmp_path / "store").rglob("*.parquet"))) == 2
    assert take(store, tmp_path / "b.log").records == 2
    assert messages(store) == ["x 1", "x 2", "x 3", "x 4"]
    assert len(list((tmp_path / "store").rglob("*.parquet"))) == 2


def test_one_writer_at_a_time(store, tmp_path):
    take(store, tmp_path / "a.log", syslog(1))
    with locked(store.folder), pytest.raises(Conflict, match="store_locked"):
        take(store, tmp_path / "b.log", syslog(2))
    with locked(store.folder):
        assert messages(store) == ["x 1"]


@pytest.mark.parametrize("damage", ["segment", "manifest", "version"])
def test_damage_is_named(damage, store, tmp_path):
    take(store, tmp_path / "a.log", syslog(1))
    if damage == "segment":
        next(store.folder.rglob("*.parquet")).write_bytes(b"PAR1 nonsense")
        with pytest.raises(Unavailable, match="segment_unreadable"):
            list(store.batches())
    elif damage == "manifest":
        (store.folder / "manifest.sqlite3").write_bytes(b"nonsense" * 1000)
        with pytest.raises(Unavailable, match="store_unreadable"):
            store.partitions()
    else:
        with sqlite3.connect(store.folder / "manifest.sqlite3") as db:
            db.execute("PRAGMA user_version=99")
        db.close()
        with pytest.raises(InputError, match="store_version"):
            store.partitions()


def test_a_folder_that_is_no_store_is_said_to_be_none(tmp_path):
    with pytest.raises(InputError, match="store_missing"):
        Store(tmp_path / "nothing").partitions()
    assert not (tmp_path / "nothing").exists()


NAMES = st.text(max_size=80)


@given(one=st.tuples(NAMES, NAMES, NAMES), other=st.tuples(NAMES, NAMES, NAMES))
def test_folders_stay_inside_and_apart(one, other):
    first, second = folder_of(Partition(*one)), folder_of(Partition(*other))
    assert first.startswith("events/")
    assert ".." not in first
    assert len(first.split("/")) == 4
    assert all(part and len(part.encode()) < 100 for part in first.split("/"))
    assert (first == second) == (one == other)


def test_hostile_names_are_stored_and_found(store, tmp_path):
    take(store, tmp_path / "a.evtx", evtx([Event(1, "../../etc", AT, {"../x": "1"}), Event(1, "..\\..\\ETC", AT, {"a/b": "2"})]))
    assert sorted(one.partition.channel for one in store.partitions()) == ["../../etc", "..\\..\\ETC"]
    (batch,) = store.batches(channel="../../etc")
    assert batch.table.column("../x").to_pylist() == ["1"]


# -- retention, joining


def test_retention_says_what_it_would_do_and_then_does_it(store, tmp_path):
    day = 86_400
    take(store, tmp_path / "a.log", syslog(*(-day * i for i in range(10))))
    take(store, tmp_path / "d.csv", "日時,扉名,カード番号\n2025/12/01 1:00,a,1\n")
    rules = [RetentionRule("syslog", 8), RetentionRule("*", 365)]
    planned = store.retain(rules, now=NOW, apply=False)
    assert [(one.source, one.events, one.held) for one in planned] == [("door", 0, 1), ("syslog", 6, 10)]
    assert total(store) == 11
    assert store.retain(rules, now=NOW, apply=True) == planned
    assert total(store) == 5
    assert min(row["_time"] for b in store.batches(source="syslog") for row in b.table.to_pylist()) >= NOW - timedelta(days=8)
    assert [one.events for one in store.retain(rules, now=NOW, apply=False)] == [0, 0]
    assert take(store, tmp_path / "a.log").records == 0


def test_events_without_time_go_by_when_they_were_read(store, tmp_path):
    take(store, tmp_path / "a.json", '{"x":1}\n{"x":2,"time":"2026-01-09"}\n', now=NOW)
    rules = [RetentionRule("*", 30)]
    assert store.retain(rules, now=NOW, apply=True)[0].events == 0
    assert store.retain(rules, now=NOW + timedelta(days=29, hours=1), apply=True)[0].events == 1
    assert store.retain(rules, now=NOW + timedelta(days=31), apply=True)[0].events == 1
    assert total(store) == 0


@pytest.mark.parametrize("rules", [[("a", 0)], [("a", 40_000)], [("a", 1), ("a", 2)], [("", 3)]])
def test_retention_rules_are_checked(rules, store, tmp_path):
    take(store, tmp_path / "a.log", syslog(1))
    with pytest.raises(InputError, match="retention_rule"):
        store.retain([RetentionRule(*rule) for rule in rules], now=NOW, apply=True)


def test_many_small_segments_become_one(store, tmp_path):
    for i in range(26):
        take(store, tmp_path / f"{i}.log", syslog(i, word="many"))
    assert len(store.segments()) < 5
    assert len(messages(store)) == 26
    with Manifest(store.folder) as manifest:
        join_small(store.folder, manifest, NOW)
    take(store, tmp_path / "last.log", syslog(99))  # removes what was joined before
    assert len(list(store.folder.rglob("*.parquet"))) == len(store.segments())


@settings(max_examples=8, deadline=None)
@given(parts=st.lists(st.lists(st.integers(0, 500_000), max_size=30), max_size=6), columns=st.integers(1, 4))
def test_whatever_is_read_comes_back_once(parts, columns, tmp_path_factory):
    folder = tmp_path_factory.mktemp("s")
    store = Store(folder / "store")
    expected = []
    for number, seconds in enumerate(parts):
        text = ""
        for place, second in enumerate(seconds):
            name = f"f{(place + number) % columns}"
            value = f"{number}-{place}"
            expected.append(value)
            text += f'{{"time":"{(AT + timedelta(seconds=second)).isoformat()}","{name}":"{value}"}}\n'
        take(store, folder / f"{number}.json", text)
    found = (
        [v for b in store.batches() for row in b.table.to_pylist() for n, v in row.items() if n.startswith("f") and v]
        if parts
        else []
    )
    assert sorted(found) == sorted(expected)


def test_a_run_tells_what_it_keeps_aside(store, tmp_path):
    take(store, tmp_path / "a.log", syslog(1) + "???\n")
    path = tmp_path / "b.log"
    path.write_text(syslog(2) + "!!!\n" + syslog(3), encoding="utf-8")
    told = []
    store.ingest([path], now=AT, on_reject=told.append)
    assert [(one.file, one.record, one.excerpt) for one in told] == [(str(path), 2, b"!!!")]
    assert store.rejects(after=1) == told
