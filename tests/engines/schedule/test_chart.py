"""The chart: well-formed, without inline style or script, told in words, nothing by colour alone; the table beneath it."""

import re
from dataclasses import replace
from datetime import date

import pytest
from lxml import etree

from sekisho.engines import schedule as engine
from sekisho.engines.schedule import JapaneseHolidays, ScheduleInputs, chart, plan, rows
from sekisho.standards.procurement_calendar import procurement_calendar

SVG = "{http://www.w3.org/2000/svg}"
INPUTS = ScheduleInputs(
    body="national",
    method="open",
    kind="services",
    amount_yen=300_000_000,
    wished_start=date(2028, 4, 3),
    build_days=270,
    award="overall",
    scr=True,
)


@pytest.fixture(scope="module", params=[date(2026, 6, 1), date(2026, 12, 1)], ids=["possible", "too late"])
def schedule(request):
    return plan(INPUTS, rules=procurement_calendar(), holidays=JapaneseHolidays(), today=request.param)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_chart_may_stand_in_a_page_under_a_strict_policy(schedule, language):
    root = etree.fromstring(chart(schedule, language, identifier="case-7").encode())
    assert root.get("role") == "img"
    labelled = root.get("aria-labelledby").split()
    assert [root.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")] == labelled == ["case-7-title", "case-7-desc"]
    for element in root.iter():
        assert "style" not in element.attrib
        assert element.tag.removeprefix(SVG) in {"svg", "title", "desc", "rect", "line", "text", "g", "polygon"}
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_step_is_drawn_and_told(schedule, language):
    root = etree.fromstring(chart(schedule, language).encode())
    told = root.findtext(f"{SVG}desc")
    drawn = "".join(t.text for t in root.iter(f"{SVG}text")).replace(" ", "")
    for step in schedule.steps:
        assert step.title.get(language) in told
        assert step.title.get(language).replace(" ", "") in drawn
    bars = [r for g in root.iter(f"{SVG}g") for r in g.iter(f"{SVG}rect") if r.get("height") == "14"]
    assert len(bars) == sum(not s.milestone for s in schedule.steps)
    width = float(root.get("viewBox").split()[2])
    assert all(float(r.get("x")) >= 0 and float(r.get("x")) + float(r.get("width")) <= width for r in bars)


def test_late_steps_are_marked_by_a_sign_as_well(schedule):
    drawn = [t.text for t in etree.fromstring(chart(schedule, "ja").encode()).iter(f"{SVG}text")]
    marked = [text for text in drawn if text.startswith("！") and text != "！ 間に合わない工程"]
    assert len(marked) == len(schedule.late)


def test_english_has_no_japanese(schedule):
    svg = chart(schedule, "en")
    assert not re.search("[\u3041-\u30fa]", svg.replace("Noto Sans JP", ""))
    for row in rows(schedule, "en"):
        assert not re.search("[\u3041-\u30fa]", f"{row.title} {row.counted} {row.slack} {row.basis} {row.checked} {row.reason}")


def test_the_table_says_how_each_length_was_verified(schedule):
    found = {row.id: row for row in rows(schedule, "ja")}
    assert found["notice"].verified == "text"
    assert "前日から数えて" in found["notice"].counted
    assert found["rfi"].checked == "原典未照合"
    assert found["draft"].checked == "本製品の提案"
    assert found["build"].verified == "user"
    assert {row.state for row in found.values()} <= {"on_time", "tight", "late"}
    assert sum(row.state == "late" for row in found.values()) == len(schedule.late)


def test_a_title_with_markup_is_only_text(schedule):
    step = schedule.steps[0]
    evil = replace(step, title=type(step.title)("<script>x</script>&", "<script>x</script>&"))
    svg = chart(replace(schedule, steps=(evil, *schedule.steps[1:])), "ja")
    assert "<script>" not in svg
    etree.fromstring(svg.encode())


def test_the_public_names():
    assert sorted(engine.__all__) == [
        "Check", "Holidays", "JapaneseHolidays", "Late", "Row", "Schedule", "ScheduleInputs", "Shortening", "Source", "StepPlan",
        "chart", "plan", "rows", "sentence",
    ]  # fmt: skip
    assert all(hasattr(engine, name) for name in engine.__all__)
