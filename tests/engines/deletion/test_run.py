"""From a plan to a record: what is approved is what is deleted, on the day on which it may be."""

import json
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
import yaml

from sekisho.engines.deletion import Resources, Stop
from sekisho.engines.deletion.holds import guard_of_file, read_holds
from sekisho.engines.deletion.plan import read_plan
from sekisho.engines.deletion.record import encode_record, read_record, record_hash
from sekisho.engines.deletion.run import execute, finish, prepare, restore, verify_record
from sekisho.errors import Conflict, InputError, SekishoError
from sekisho.standards.retention_rules import retention_rules

RULES = retention_rules()
ON = date(2026, 11, 30)
NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
NONE = Resources()


def plan_of(root, **more):
    made = {
        "deletion_plan": 1, "id": "y2019", "title": "申請書の消去", "reason": "保存期間の満了", "executor": "情報 花子",
        "responsible": "総務 太郎", "witness": "監査 次郎", "approval": {"reference": "決裁第12号", "by": "総務 太郎", "day": "2026-11-29"},
        "retention": [{"kind": "RT86", "events": {"event": "令和元年5月1日"}}], "own_value": 5,
        "steps": {"municipal_disposal": "廃棄決裁 第3号"},
        "targets": [{"id": "files", "type": "files", "root": str(root), "path": "2019"}],
    }  # fmt: skip
    made.update(more)
    return {key: value for key, value in made.items() if value is not None}


def read(value):
    return read_plan(yaml.safe_dump(value, allow_unicode=True).encode(), filename="plan.yaml")


def prepared(root, on=ON, **more):
    return prepare(read(plan_of(root, **more)), NONE, on=on, rules=RULES)


def run(made, tmp_path, guard=lambda _t, _i: None, code=None):
    return execute(made, NONE, approved=code or made.code, guard=guard, journal=tmp_path / "j", clock=lambda: NOW)


def test_an_approved_plan_becomes_a_record_that_can_be_checked(root, tmp_path):
    made = prepared(root)
    assert made.problems == ()
    record = run(made, tmp_path)
    assert (record.state, record.executor, record.witness) == ("complete", "情報 花子", "監査 次郎")
    assert record.decision["last_day_kept"] == "2025-03-31"
    assert record.targets[0].verification.result == "gone"
    content = encode_record(record)
    assert read_record(content, filename="r") == record
    assert {row.verification.result for row in verify_record(record, NONE)} == {"gone"}


def test_the_same_run_gives_the_same_record(root, tmp_path):
    record = run(prepared(root), tmp_path)
    assert record_hash(record) == record.sha256 == record_hash(msgspec.convert(json.loads(encode_record(record)), type(record)))


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.update(executor="別の人"), lambda r: r["targets"][0].update(state="x"), lambda r: r.update(sha256="0" * 64),
        lambda r: r["targets"][0]["outcome"].update(achieved="destroy"), lambda r: r.pop("witness"),
    ],
)  # fmt: skip
def test_a_record_that_was_changed_is_refused(root, tmp_path, change):
    plain = json.loads(encode_record(run(prepared(root), tmp_path)))
    change(plain)
    with pytest.raises(InputError, match=r"deletion\.record_(changed|broken)"):
        read_record(json.dumps(plain).encode(), filename="r")


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"schema": "x"}', b"null"])
def test_what_is_no_record_is_refused(content):
    with pytest.raises(InputError, match=r"deletion\.record_broken"):
        read_record(content, filename="r")


@pytest.mark.parametrize(
    ("more", "on", "code"),
    [
        ({}, date(2025, 3, 31), "deletion.not_due"),
        ({"steps": None}, ON, "deletion.not_due"),
        ({"own_value": None}, ON, "deletion.not_due"),
        ({"retention": [{"kind": "RT84", "events": {"event": "2000-01-01"}}]}, ON, "deletion.not_due"),
        ({"retention": [{"kind": "RT53", "events": {"event": "2000-01-01"}}]}, ON, "deletion.not_certain"),
        ({"limits": {"most_files": 4}}, ON, "deletion.over_this_limit"),
        ({"limits": {"most_bytes": 907}}, ON, "deletion.over_this_limit"),
        (
            {"retention": [{"kind": "RT14", "events": {"event": "2015-01-31"}}], "purpose_ended": "2016-01-01", "restore_days": 7},
            ON, "deletion.no_restore_window",
        ),
    ],
)  # fmt: skip
def test_what_may_not_be_deleted_is_not(root, tmp_path, more, on, code):
    made = prepared(root, on=on, **more)
    assert code in {p.code for p in made.problems}
    with pytest.raises(Conflict, match=r"deletion\.not_now"):
        run(made, tmp_path)
    assert (root / "2019" / "a.txt").exists()


def test_without_an_approval_nothing_goes(root, tmp_path):
    with pytest.raises(Conflict, match=r"deletion\.no_approval"):
        run(prepared(root, approval=None), tmp_path)


def _longer():
    kind = RULES.kind("RT86")
    changed = msgspec.structs.replace(kind, remarks="変わった")
    return msgspec.structs.replace(RULES, kinds={**RULES.kinds, "RT86": changed})


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("plan", lambda root: prepare(read(plan_of(root, reason="別の理由")), NONE, on=ON, rules=RULES)),
        ("plan", lambda root: prepare(read(plan_of(root, limits={"most_files": 5})), NONE, on=ON, rules=RULES)),
        ("rules", lambda root: prepare(read(plan_of(root)), NONE, on=ON, rules=_longer())),
        ("contents", lambda root: ((root / "2019" / "new").touch(), prepared(root))[1]),
    ],
)
def test_a_change_after_the_approval_is_refused_and_named(root, tmp_path, part, change):
    code = prepared(root).code
    with pytest.raises(Conflict) as caught:
        run(change(root), tmp_path, code=code)
    assert (caught.value.code, caught.value.fields["part"]) == ("deletion.approval_stale", part)
    assert (root / "2019" / "a.txt").exists()


def test_the_approval_itself_and_what_people_write_later_do_not_change_the_code(root):
    paper = {"id": "paper", "type": "recorded", "medium": "paper", "description": "3箱"}
    files = plan_of(root)["targets"][0]
    before = prepared(root, targets=[files, paper], approval=None, witness="")
    done = {"done_on": "2026-11-30", "quantity": "3箱", "how": "溶解", "done_by": "業者", "witness": "監査"}
    assert prepared(root, targets=[files, {**paper, "facts": done}]).code == before.code


def test_tomorrow_it_is_the_same_approval(root):
    assert prepared(root).code == prepared(root, on=ON + timedelta(days=1)).code


def test_a_hold_set_a_second_before_stops_the_run(root, tmp_path):
    path = tmp_path / "holds.yaml"
    path.write_text("deletion_holds: 1\nholds: []\n", encoding="utf-8")
    guard = guard_of_file(path, today=lambda: ON)
    asked = []

    def late(target, item):
        asked.append(item)
        if len(asked) == 2:
            path.write_text(
                "deletion_holds: 1\nholds:\n- {id: 訴訟1, kind: litigation, since: 2026-11-30, reason: 損害賠償}\n",
                encoding="utf-8",
            )
        return guard(target, item)

    record = run(prepared(root), tmp_path, guard=late)
    assert (record.state, record.targets[0].outcome.done) == ("stopped", 1)
    assert record.targets[0].outcome.stopped.fields == {"hold": "訴訟1", "reason": "損害賠償"}
    assert (root / "2019" / "b" / "c.txt").exists()


def test_targets_after_a_stop_are_not_touched(root, tmp_path):
    (root / "later").mkdir()
    targets = [*plan_of(root)["targets"], {"id": "later", "type": "files", "root": str(root), "path": "later"}]
    made = prepared(root, targets=targets)
    record = run(made, tmp_path, guard=lambda _t, _i: Stop(code="deletion.held", fields={"hold": "h", "reason": "x"}))
    assert record.targets[1].error["code"] == "deletion.run_stopped"
    assert (root / "later").exists()


def test_an_interrupted_run_ends_as_one_record(root, tmp_path):
    made = prepared(root)

    def cut(_target, item):
        if item == "2019/b/c.txt":
            raise RuntimeError

    with pytest.raises(RuntimeError):
        run(made, tmp_path, guard=cut)
    from sekisho.engines.deletion import Journal

    again = prepare(read(plan_of(root)), NONE, on=ON, rules=RULES, begun=Journal.listings_of(tmp_path / "j"))
    assert again.code == made.code
    record = run(again, tmp_path)
    assert (record.state, record.resumed, record.targets[0].outcome.done) == ("complete", True, 5)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "deletion.holds_unreadable"), ("holds: [", "deletion.holds_unreadable"),
        ("deletion_holds: 1\nholds: [{id: a, kind: wish, since: 2026-01-01}]", "deletion.holds_unreadable"),
        ("deletion_holds: 1\nholds: [{id: a, kind: audit, since: 2026-01-01, targets: [files]}]", "deletion.held"),
        ("deletion_holds: 1\nholds: [{id: a, kind: audit, since: 2026-01-01, targets: [others]}]", None),
        ("deletion_holds: 1\nholds: [{id: a, kind: audit, since: 2026-12-01}]", None),
        ("deletion_holds: 1\nholds: [{id: a, kind: audit, since: 2026-01-01, until: 2026-11-29}]", None),
    ],
)  # fmt: skip
def test_a_file_of_holds_stops_when_it_holds_or_cannot_be_read(tmp_path, text, code):
    path = tmp_path / "holds.yaml"
    path.write_text(text, encoding="utf-8")
    stop = guard_of_file(path, today=lambda: ON)("files", "x")
    assert (stop.code if stop else None) == code
    assert guard_of_file(tmp_path / "none.yaml", today=lambda: ON)("files", "x").code == "deletion.holds_unreadable"


def test_a_wrong_file_of_holds_is_told_with_its_line():
    with pytest.raises(InputError) as caught:
        read_holds(b"deletion_holds: 1\nholds:\n- {id: a, kind: wish, since: 2026-01-01}\n", filename="holds.yaml")
    assert (caught.value.problems[0].file, caught.value.problems[0].row) == ("holds.yaml", 3)


def test_files_are_set_aside_brought_back_or_deleted_after_the_window(root, tmp_path):
    record = run(prepared(root, restore_days=7), tmp_path)
    assert (record.state, record.restore_until) == ("quarantined", NOW + timedelta(days=7))
    assert record.targets[0].outcome.done == 0
    assert not (root / "2019").exists()
    with pytest.raises(InputError, match=r"deletion\.nothing_deleted"):
        verify_record(record, NONE)
    back = restore(record, clock=lambda: NOW)
    assert back.state == "restored"
    assert (root / "2019" / "b" / "c.txt").read_text(encoding="utf-8") == "secret c"
    assert [p.name for p in root.iterdir() if p.name.startswith(".")] == []


def test_the_window_is_kept_and_then_the_files_really_go(root, tmp_path):
    record = run(prepared(root, restore_days=7), tmp_path)
    free = {"guard": lambda _t, _i: None, "journal": tmp_path / "j2"}
    with pytest.raises(Conflict, match=r"deletion\.window_open"):
        finish(record, clock=lambda: NOW + timedelta(days=6), **free)
    done = finish(record, clock=lambda: NOW + timedelta(days=7), **free)
    assert (done.state, done.targets[0].outcome.done, done.targets[0].outcome.overwritten) == ("complete", 5, 908)
    assert [p.name for p in root.iterdir()] == ["other.txt"]
    assert {row.verification.result for row in verify_record(done, NONE)} == {"gone"}
    with pytest.raises(Conflict, match=r"deletion\.not_quarantined"):
        restore(done, clock=lambda: NOW)


def test_a_name_that_is_taken_again_stops_the_restoring_whole(root, tmp_path):
    record = run(prepared(root, restore_days=7), tmp_path)
    (root / "2019").mkdir()
    with pytest.raises(Conflict, match=r"deletion\.restore_in_the_way"):
        restore(record, clock=lambda: NOW)
    assert list((root / "2019").iterdir()) == []


def test_the_whole_contents_of_a_root_can_be_set_aside_twice(root, tmp_path):
    targets = [{"id": "all", "type": "files", "root": str(root), "path": "."}]
    record = run(prepared(root, targets=targets, restore_days=1), tmp_path)
    assert [p.name for p in root.iterdir()] == [".sekisho-quarantine"]
    (root / "new.txt").touch()
    assert len(prepared(root, targets=targets).listings[0].items) == 1  # what is set aside is not listed
    assert restore(record, clock=lambda: NOW).state == "restored"


def test_a_number_that_no_record_can_hold_stops_it_before_anything_goes(root, tmp_path):
    import sqlalchemy as sa

    engine = sa.create_engine(f"sqlite:///{tmp_path}/d.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("create table t (id integer)")
        connection.exec_driver_sql("insert into t values (1)")
    more = {
        "sources": {"db": {"type": "database", "url": f"sqlite:///{tmp_path}/d.db"}},
        "targets": [{"id": "r", "type": "rows", "source": "db", "table": "t", "where": "id < :n", "parameters": {"n": 2**60}}],
    }
    given = Resources(engines={"db": engine})
    made = prepare(read(plan_of(root, **more)), given, on=ON, rules=RULES)
    with pytest.raises(Conflict, match=r"deletion\.not_recordable"):
        execute(made, given, approved=made.code, guard=lambda _t, _i: None, journal=tmp_path / "j", clock=lambda: NOW)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from t").scalar_one() == 1
    engine.dispose()


def put(*path_and_value):
    *path, value = path_and_value

    def change(made):
        at = made
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

    return change


ROWS = {"id": "r", "type": "rows", "source": "db", "table": "t", "where": "id = 1"}
HOSTILE = {
    "no targets": (put("targets", []), "standards.schema"),
    "unknown type": (put("targets", 0, "type", "everything"), "standards.schema"),
    "unknown key": (put("targets", 0, "force", True), "standards.schema"),
    "unknown method": (put("targets", 0, "method", "burn"), "standards.schema"),
    "twice": (lambda made: made["targets"].append(dict(made["targets"][0])), "deletion.plan_double"),
    "no source": (put("targets", 0, ROWS), "deletion.plan_source"),
    "a source of the wrong kind": (lambda made: made.update(targets=[ROWS], sources={"db": {"type": "store"}}), "deletion.plan_source"),
    "a password": (
        put("sources", {"db": {"type": "database", "url": "postgresql://u:secret@host/db"}}), "deletion.plan_password",
    ),
    "neither url": (put("sources", {"db": {"type": "database"}}), "deletion.plan_url"),
    "no ground": (put("retention", []), "deletion.plan_no_basis"),
    "no day": (put("retention", 0, "events", {"event": "令和99年13月1日"}), "retention.day_wrong"),
    "a window for rows": (
        lambda made: made.update(targets=[ROWS], sources={"db": {"type": "database", "url": "sqlite://"}}, restore_days=3),
        "deletion.plan_restore_files_only",
    ),
    "a long window": (put("restore_days", 4000), "standards.schema"),
    "no limit": (put("limits", {"most_files": 0}), "standards.schema"),
    "no title": (lambda made: made.pop("title"), "standards.schema"),
    "an id with a slash": (put("targets", 0, "id", "../x"), "standards.schema"),
    "a wrong approval": (put("approval", {"reference": "x"}), "standards.schema"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_plan_is_refused_with_file_and_line(root, change, code):
    made = plan_of(root)
    change(made)
    with pytest.raises(InputError) as caught:
        read(made)
    assert code in {p.code for p in caught.value.problems}
    assert all(p.file == "plan.yaml" and p.row for p in caught.value.problems)
    assert "secret" not in json.dumps([p.as_dict() for p in caught.value.problems])


def test_unknown_kinds_and_questions_are_errors_of_ours(root):
    for basis in (
        {"kind": "RT999"},
        {"kind": "RT01", "answers": {"big": True}},
        {"kind": "RT01", "events": {"birth": "2000-01-01"}},
    ):
        with pytest.raises(SekishoError) as caught:
            prepared(root, retention=[basis])
        assert caught.value.code.startswith("retention.")


def test_every_sentence_of_the_engine_is_known():
    import re
    from pathlib import Path

    from sekisho.standards import texts

    home = Path(__file__).parents[3] / "src" / "sekisho"
    source = "\n".join(
        p.read_text(encoding="utf-8") for p in (home / "engines" / "deletion").glob("*.py") if p.name != "observe.py"
    )
    source += (home / "cli" / "deletion.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'"(deletion\.[a-z_]+)"', source))
    assert len(codes) > 60
    assert [code for code in sorted(codes) if not texts.known(code)] == []
    notes = set(re.findall(r'note="([a-z_]+)"', source)) | {
        "mount",
        "too_deep",
        "unreadable",
        "not_text",
        "hard_links",
        "link_itself",
    }
    assert [note for note in sorted(notes) if not texts.known(f"deletion.note_{note}")] == []
