"""Nothing passes without a figure or a person; the report and the Observation say the same figures."""

import datetime as dt

import pyarrow as pa
import pytest

from sekisho.documents import render
from sekisho.documents.privacy_report import PrivacyReport, privacy_report
from sekisho.engines.observation import MeasureStatus, decode, encode
from sekisho.engines.privacyrisk import (
    Declaration,
    Options,
    Requirements,
    Roles,
    Settings,
    assess,
    figures_of,
    generalize,
    join,
    observe,
    propose,
    read_declarations,
)
from sekisho.errors import InputError
from sekisho.standards import texts
from sekisho.standards.privacy import duties

NOW = dt.datetime(2026, 11, 30, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=9)))
ROLES = Roles(("年齢", "性別"), ("病名",))


def table(ages, *, names=False):
    rows = len(ages)
    data = {"年齢": ages, "性別": ["男", "女"] * (rows // 2), "病名": ["風邪", "風邪", "骨折", "骨折"] * (rows // 4)}
    return pa.table({"氏名": [f"架空{i}" for i in range(rows)], **data} if names else data)


GOOD = table(["30-39"] * 40)
BAD = table([str(age) for age in range(40)], names=True)


def checklist(data, declarations=None, body="municipality", kind="public_anonymised", roles=ROLES):
    settings = Settings()
    figures = figures_of(data, assess(data, roles), propose(data), settings)
    return join(duties(), body=body, kind=kind, figures=figures, settings=settings, declarations=declarations)


def states(made):
    return {item.duty.id: item.state for item in made.items}


def test_good_figures_show_an_item_and_still_wait_for_a_person():
    found = states(checklist(GOOD))
    assert found["public_identifying"] == "shown_open"
    assert found["public_singular"] == "shown_open"
    assert found["public_nature"] == "shown_open"
    assert found["public_contract"] == "open"
    assert set(found.values()) == {"open", "shown_open"}


def test_bad_figures_contradict_and_a_declaration_does_not_heal_them():
    word = Declaration("保護管理者", dt.date(2026, 11, 30))
    found = states(checklist(BAD, {"public_identifying": word, "public_contract": word, "public_codes": word}))
    assert found["public_identifying"] == "contradicted"
    assert found["public_nature"] == "contradicted"
    assert found["public_contract"] == "declared"
    assert found["public_codes"] == "confirmed"


def test_what_was_not_measured_is_not_passed():
    found = states(checklist(GOOD, roles=Roles(("年齢", "性別"))))
    assert found["public_nature"] == "not_measured"  # no sensitive column: no l and no t


def test_rare_values_are_counted_but_not_suppressed_ones():
    data = pa.table({"年齢": ["30"] * 10 + ["101", "*"], "性別": ["男"] * 12})
    figures = figures_of(data, assess(data, Roles(("年齢", "性別"))), propose(data), Settings())
    assert figures["rare_quasi_values"] == 1


def test_another_regime_has_other_duties():
    assert all(item.duty.id.startswith("anon_") for item in checklist(GOOD, body="company", kind="anonymised").items)
    with pytest.raises(InputError) as caught:
        checklist(GOOD, body="company", kind="public_anonymised")
    assert caught.value.code == "privacy.kind_not_for_body"
    with pytest.raises(InputError) as caught:
        checklist(GOOD, body="moon")
    assert caught.value.code == "privacy.body_unknown"


def test_declarations_are_read_and_faults_named():
    good = "privacy_declarations: 1\nitems:\n  public_contract: {by: 保護管理者, date: 2026-11-30, note: 契約済み}\n"
    assert read_declarations(good.encode(), filename="d.yaml")["public_contract"].by == "保護管理者"
    for bad in ("items: {}", "privacy_declarations: 1\nitems: {a: {by: x}}", "privacy_declarations: 1\nitems: {a: {by: '', date: 2026-11-30}}",
                "privacy_declarations: 1\nitems: {a: 3}", "privacy_declarations: 1\nitems: {a: {by: x, date: tomorrow}}"):  # fmt: skip
        with pytest.raises(InputError):
            read_declarations(bad.encode(), filename="d.yaml")
    with pytest.raises(InputError) as caught:
        checklist(GOOD, {"unknown": Declaration("x", dt.date(2026, 1, 1))})
    assert caught.value.code == "privacy.declaration_unknown"


def report(language="ja", data=BAD):
    made = generalize(data, Roles(ROLES.quasi, ROLES.sensitive, ("氏名",)), Requirements(5, suppression=0.1))
    result = assess(made.table, ROLES, Options(sampling=0.05))
    return privacy_report(PrivacyReport(
        organization="みなも市", file="a.csv", as_of=NOW, assessment=result.as_dict(), proposal=propose(made.table).as_dict(),
        checklist=checklist(made.table).as_dict(), duties=duties(), body="municipality", before=assess(data, ROLES).as_dict(),
        generalization=made.as_dict(), language=language, fictional=True,
    ))  # fmt: skip


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_report_has_all_its_sentences_and_no_value_of_the_table(language):
    text = render(report(language), "md").decode()
    assert "privacy_report." not in text
    assert "privacy." not in text
    assert "架空" not in text.replace("架空の団体", "")
    assert "保護管理者" in text
    assert f"k = {5}" in text


@pytest.mark.parametrize("form", ["html", "docx", "xlsx"])
def test_the_report_is_rendered(form):
    assert len(render(report(), form)) > 5_000


@pytest.mark.parametrize("stage", ["publication", "handling"])
def test_every_state_stage_and_figure_has_words(stage):
    used = {f"figure_{m.figure}" for item in duties().items for m in item.measured}
    used |= {f"stage_{item.stage}" for item in duties().items} | {f"checked_{item.verified}" for item in duties().items}
    used |= {f"kind_{item.kind}" for item in duties().items}
    assert [name for name in used if not texts.known(f"privacy_report.{name}")] == []


def test_the_observation_carries_the_figures_and_survives_its_journey():
    made = generalize(BAD, Roles(ROLES.quasi, ROLES.sensitive, ("氏名",)), Requirements(5, suppression=0.1))
    seen = observe(
        assess(BAD, ROLES), now=NOW, dataset="申請者", version="1", checklist=checklist(BAD), generalized=made
    )  # fmt: skip
    values = {m.key: m.value for m in seen.measures}
    assert values["privacyrisk.k"] == 1
    assert values["privacyrisk.unique_records"] == 1.0
    assert values["privacyrisk.duties_contradicted"] >= 2
    assert {f.code for f in seen.findings} == {
        "privacy.finding_small_classes",
        "privacy.finding_homogeneous",
        "privacy.finding_duty",
    }
    assert all(texts.known(f.code) for f in seen.findings)
    assert decode(encode(seen)) == seen


def test_without_a_sensitive_column_l_and_t_are_not_applicable_and_not_zero():
    seen = observe(assess(GOOD, Roles(("年齢",))), now=NOW, dataset="d", version="1")
    assert {m.status for m in seen.measures if m.key in {"privacyrisk.l", "privacyrisk.t"}} == {MeasureStatus.NOT_APPLICABLE}
    assert seen.findings == ()


def test_every_measure_is_declared():
    from sekisho.cli.measure_output import _declared

    seen = observe(assess(BAD, ROLES), now=NOW, dataset="d", version="1", checklist=checklist(BAD))
    assert [m.key for m in seen.measures if m.key not in _declared()] == []
