"""Reports: the document holds, is frozen when issued, and only the report crosses the boundary."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.records.factories import NOW, principal_for

from sekisho.documents import FORMATS
from sekisho.documents.checking import check
from sekisho.documents.model import CellState, Table
from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.evidence.actions import artifact_store, erase_artifact
from sekisho.records.ledger import queries as ledger
from sekisho.records.measurement import actions, queries
from sekisho.records.measurement.models import IndicatorValue, Report
from sekisho.records.organization.principals import SYSTEM

LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_document_passes_its_check_and_every_figure_has_a_reference(place, language):
    report = actions.build_report(place.chief, organization=place.organization, now=NOW, language=language)
    document = actions.document_of(report)
    check(document)
    known = {r.id for r in document.references}
    for table in (b for b in document.blocks if isinstance(b, Table)):
        for row in table.rows:
            of_row = [ref for cell in row for ref in cell.refs]
            if any(isinstance(cell.value, int | float) or cell.state is CellState.UNMEASURED for cell in row):
                assert of_row, (table.name, row)
            assert set(of_row) <= known
    assert report.references.count() == len(document.references)
    assert all(r.url.startswith(f"/o/minamo/reports/{report.pk}/references/") for r in document.references)
    text = str(document)
    assert ("未測定" in text) if language == "ja" else ("ot measured" in text)


def test_building_needs_as_many_queries_for_many_judgements_as_for_few(place, django_assert_max_num_queries):
    with django_assert_max_num_queries(110):
        actions.build_report(place.chief, organization=place.organization, now=NOW)


@pytest.fixture
def issued(place, report, monkeypatch) -> Report:
    """An issued report whose files are no real ones (rendering takes seconds)."""
    with monkeypatch.context() as patch:
        patch.setattr(actions, "render", lambda _document, output, template=None: output.encode())
        return actions.issue_report(place.chief, report, now=LATER)


def test_issuing_freezes_every_byte(place, report):
    issued = actions.issue_report(place.chief, report, now=LATER)
    before = {output: actions.render_report(issued, output) for output in FORMATS}
    assert set(issued.renderings) == set(FORMATS)
    assert actions.document_of(issued).status == "issued"
    place.paper.withdrawn_at = LATER
    place.paper.title = "別の題"
    place.paper.save()
    place.finding.delete()
    IndicatorValue.objects.all().delete()
    erase_artifact(SYSTEM, sha256=place.file.sha256, organization_id=place.organization.pk, reason="retention", now=LATER)
    place.town.hosts[0].name = "renamed"
    place.town.hosts[0].save()
    issued.refresh_from_db()
    assert {output: actions.render_report(issued, output) for output in FORMATS} == before
    assert ledger.verify().ok
    with pytest.raises(Conflict, match="already_issued"):
        actions.issue_report(place.chief, issued, now=LATER)


def test_an_issued_report_in_the_offices_template_is_rendered_anew(issued):
    with pytest.raises(InputError):
        actions.render_report(issued, "docx", template=b"no document")
    with pytest.raises(InputError, match="unknown_format"):
        actions.render_report(issued, "odt")


def test_issuing_that_is_stopped_leaves_a_draft(place, report, monkeypatch):
    monkeypatch.setattr(actions, "render", lambda _document, output, template=None: output.encode())

    def stop(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        actions.issue_report(place.chief, report, now=LATER, progress=stop)
    report.refresh_from_db()
    assert report.state == "draft"


def test_only_the_line_issues_and_only_those_above_receive(place, report, issued):
    staff = principal_for("staff", place.organization)
    with pytest.raises(NotPermitted):
        actions.build_report(staff, organization=place.organization, now=NOW)
    with pytest.raises(InputError, match="not_above"):
        actions.submit_report(place.chief, issued, to=place.stranger, now=LATER)
    made = actions.submit_report(place.chief, issued, to=place.prefecture, now=LATER)
    assert made.figures["ume_share"]["value"] is not None
    assert made.figures["days_to_close"]["value"] is None
    with pytest.raises(Conflict, match="already_submitted"):
        actions.submit_report(place.chief, issued, to=place.prefecture, now=LATER)


def test_a_draft_cannot_be_submitted(place, report):
    with pytest.raises(Conflict, match="issue_first"):
        actions.submit_report(place.chief, report, to=place.prefecture, now=LATER)


def test_who_received_a_report_sees_it_and_nothing_behind_it(place, issued):
    with pytest.raises(NotFound):
        queries.report(place.governor, issued.pk)
    actions.submit_report(place.chief, issued, to=place.prefecture, now=LATER)
    assert queries.report(place.governor, issued.pk) == issued
    assert [s.report for s in queries.newest_submissions(place.governor, organization_id=place.prefecture.pk)] == [issued]
    for number in (1, 2):
        with pytest.raises(NotFound):
            queries.reference(place.governor, report_id=issued.pk, number=number)
    value = IndicatorValue.objects.filter(organization=place.organization).first()
    with pytest.raises(NotFound):
        queries.indicator_value(place.governor, value.pk)
    with pytest.raises(NotFound):
        queries.report(place.neighbour, issued.pk)


def test_references_keep_resolving_when_the_evidence_is_gone(place, issued):
    row = issued.references.filter(kind="judgement").first()
    frozen = row.frozen["evidence"]
    assert frozen
    assert any(len(file["sha256"]) == 64 for paper in frozen for file in paper["files"])
    assert queries.reference(place.chief, report_id=issued.pk, number=row.number).frozen["evidence"] == frozen
    assert artifact_store().has(issued.document_id)


def test_targets_are_checked_and_recorded(place):
    with pytest.raises(InputError, match="out_of_range"):
        actions.set_target(place.chief, organization=place.organization, key="ume_share", value=1.5, due_on=None, now=NOW)
    with pytest.raises(NotFound):
        actions.set_target(place.chief, organization=place.organization, key="nothing", value=1, due_on=None, now=NOW)
    actions.set_target(place.chief, organization=place.organization, key="ume_share", value=0.8, due_on=None, now=NOW)
    actions.compute(place.chief, organization=place.organization, now=NOW)
    rows = {r.indicator.key: r for r in queries.latest(place.chief, organization_id=place.organization.pk)}
    assert rows["ume_share"].target == 0.8
    actions.remove_target(place.chief, organization=place.organization, key="ume_share", now=NOW)
    with pytest.raises(NotFound):
        actions.remove_target(place.chief, organization=place.organization, key="ume_share", now=NOW)


def test_the_course_has_one_value_for_each_period(place):
    for days in (200, 110, 109, 1, 0):
        actions.compute(place.chief, organization=place.organization, now=NOW - timedelta(days=days))
    row = next(r for r in queries.latest(place.chief, organization_id=place.organization.pk) if r.indicator.key == "judged_share")
    assert [v.as_of for v in row.course] == [NOW - timedelta(days=days) for days in (200, 109, 0)]
    assert row.value.as_of == NOW
    assert row.previous.as_of == NOW - timedelta(days=109)
