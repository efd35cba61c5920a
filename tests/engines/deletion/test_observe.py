"""A record as an Observation: figures that follow from it, and no names."""

from datetime import UTC, datetime

from tests.engines.deletion.test_run import NONE, prepared, run

from sekisho.engines.deletion.observe import observe
from sekisho.engines.deletion.run import verify_record
from sekisho.engines.observation import decode, encode
from sekisho.standards.catalog import measures

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def _values(made):
    return {m.key: m.value for m in made.measures}


def test_the_figures_follow_from_the_record_and_are_declared(root, tmp_path):
    record = run(prepared(root), tmp_path)
    made = observe(record, verified=verify_record(record, NONE), now=NOW, name="host")
    values = _values(made)
    assert (values["deletion.items_gone"], values["deletion.items_left"]) == (5, 0)
    assert (values["deletion.complete"], values["deletion.looked_again"]) == (1.0, 1.0)
    assert made.findings == ()
    assert set(values) <= set(measures())
    assert b"a.txt" not in encode(made)
    assert decode(encode(made)) == made


def test_what_is_there_again_is_a_finding(root, tmp_path):
    record = run(prepared(root), tmp_path)
    (root / "2019").mkdir()
    made = observe(record, verified=verify_record(record, NONE), now=NOW, name="host")
    assert _values(made)["deletion.complete"] == 0
    assert made.findings[0].fields == {"target": "files", "left": 0, "again": 1}


def test_a_file_system_that_does_not_reach_what_was_asked_is_seen(root, tmp_path):
    targets = [{"id": "files", "type": "files", "root": str(root), "path": "2019", "method": "destroy"}]
    record = run(prepared(root, targets=targets), tmp_path)
    made = observe(record, verified=verify_record(record, NONE), now=NOW, name="host")
    assert _values(made)["deletion.reached_as_asked"] == 0
