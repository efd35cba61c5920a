"""The examples of a leak scan are made by their tool, and hold what their description says."""

from __future__ import annotations

from pathlib import Path

import make_leak_examples

from sekisho.engines.leakscan.places.model import Settings
from sekisho.engines.leakscan.places.run import Run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "data" / "leakscan"


def test_the_committed_texts_are_those_of_the_tool(tmp_path: Path) -> None:
    make_leak_examples.main(tmp_path)
    made = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert made | {"README.md"} == {str(p.relative_to(EXAMPLES)) for p in EXAMPLES.rglob("*") if p.is_file()}
    for name in ("share/applications.csv", "share/memo.txt", "own-rules.yaml"):
        assert (tmp_path / name).read_bytes() == (EXAMPLES / name).read_bytes()


def test_the_examples_hold_what_their_description_says() -> None:
    run = Run(
        [EXAMPLES / "share"], Settings(names=False, rules=(EXAMPLES / "own-rules.yaml").read_bytes(), rules_name="own"), workers=1
    )
    found = {Path(scan.path).name: scan.kinds for scan in run.scans()}
    assert found["residents.xlsx"]["my_number"] == 3
    assert found["to-the-vendor.eml"]["my_number"] == 3
    assert found["applications.csv"] == {"telephone": 3, "email": 3, "own_pattern": 3, "bank_account": 1}
    assert found["memo.txt"] == {"marking": 1, "corporate_number": 1, "secret": 1}
    assert run.summary.coverage == 1
