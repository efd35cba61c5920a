"""The reference pages say what the code says."""

from __future__ import annotations

import json

import pytest
import reference_pages

from sekisho.engines.observation import ClaimedSubject, Collector, Measure, Observation, encode


@pytest.mark.parametrize("name", list(reference_pages.PAGES))
def test_the_reference_page_is_current(name: str) -> None:
    assert reference_pages.out_of_date([name]) == [], "run: python tools/reference_pages.py"


def test_an_observation_fits_its_published_schema() -> None:
    import jsonschema_rs

    validator = jsonschema_rs.validator_for(json.loads(reference_pages.observation_schema()))
    made = Observation(
        engine="baseline",
        engine_version="1",
        collector=Collector(name="sekisho", version="1"),
        subject=ClaimedSubject(kind="host", name="web-01"),
        observed_at="2026-04-01T09:00:00+09:00",
        scope=("settings",),
        measures=(Measure(key="baseline.coverage", value=1),),
    )
    assert validator.is_valid(json.loads(encode(made)))
    assert not validator.is_valid({"engine": "baseline"})


def test_every_exit_code_of_an_error_is_documented() -> None:
    from sekisho import errors

    documented = {code for code, _, _ in reference_pages.EXIT_CODES}
    raised = {kind.exit_code for kind in errors.SekishoError.__subclasses__()}
    assert raised <= documented


def test_cells_cannot_break_the_table() -> None:
    assert reference_pages.table(["a"], [["x | y\nz"]]).splitlines()[-1] == "| x \\| y z |"
