"""The 理由書: why each requirement has its strength, what it costs, what the advisor said, what looks too much or little."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sekisho.documents.model import (
    Block,
    BulletList,
    Callout,
    Cell,
    Column,
    Document,
    Heading,
    KeyValue,
    KeyValues,
    Paragraph,
    Run,
    Strong,
    Table,
    TableOfContents,
)
from sekisho.engines.derivation import explain, strength_name
from sekisho.records.procurement.writing.specification import document
from sekisho.standards.model import VERIFIED

if TYPE_CHECKING:
    from sekisho.engines.derivation.result import RequirementResult
    from sekisho.records.procurement.writing.material import Material

__all__ = ["decision_blocks", "reasons", "why_lines"]


def reasons(material: Material) -> Document:
    """The document for the file, for the auditor, and for whoever is asked why."""
    blocks = (
        TableOfContents(2),
        Heading(material.word("summary")),
        Paragraph((material.rules.confidence_note.get(material.language),)),
        _summary(material),
        *_warnings(material),
        *_decisions(material),
        *_opinions(material),
        *_requirements(material),
        *_not_applicable(material),
    )
    title = material.word("reasons_title", title=material.answers.title or material.word("untitled"))
    return document(material, title, blocks)


def why_lines(material: Material, result: RequirementResult) -> list[str]:
    """The sentences behind a range: one group for each rule that raised it; that nothing raised it, otherwise."""
    lines = []
    for fired in result.fired:
        said = explain(fired.because, material.rules, material.language)
        to = strength_name(fired.to, material.language)
        joined = ("、" if material.language == "ja" else "; ").join(said)
        lines.append(material.word("fired_line", rule=fired.rule, to=to, reasons=joined))
    name = "nothing_fired_yet" if result.open_rules else "nothing_fired"
    return lines or [material.word(name, level=strength_name(result.low, material.language))]


def _summary(material: Material) -> Table:
    lang = material.language
    rows = []
    for result in material.derivation.requirements:
        if result.holds is False:
            continue
        title = material.requirement(result.id).title.get(lang)
        levels = (strength_name(name, lang) for name in (result.low, result.high, result.level))
        state = "state_outside" if result.outside else "state_decided" if result.decided else "state_proposed"
        low, high, level = levels
        cells = (result.id, title, low if low == high else f"{low}–{high}", level, material.word(state))
        rows.append(tuple(Cell(value) for value in cells))
    names = (("requirement_number", 1.4), ("requirement", 4), ("range", 1.6), ("level", 1), ("state", 2))
    return Table(
        columns=tuple(Column(material.word(f"column_{name}"), width=width) for name, width in names),
        rows=tuple(rows),
        caption=material.word("summary"),
        name=material.word("sheet_summary"),
        empty=material.word("no_requirements"),
    )


def _warnings(material: Material) -> Iterator[Block]:
    checks = material.derivation.checks
    if not checks:
        return
    yield Heading(material.word("warnings"))
    for check in checks:
        where = [*check.requirements]
        where += [material.rules.find("questions", name).title.get(material.language) for name in check.questions]
        runs: tuple[Run, ...] = (check.message.get(material.language),)
        if where:
            runs = (*runs, "\n", material.word("where", where="、".join(where)))
        yield Callout(runs, "warning", title=material.word(f"severity_{check.severity}"))


def _decisions(material: Material) -> Iterator[Block]:
    if material.derivation.decisions:
        yield Heading(material.word("decisions"))
        yield from decision_blocks(material, level=2)


def decision_blocks(material: Material, *, level: int) -> Iterator[Block]:
    """What was decided: the outcome, why, the answers behind it and the basis, each under a heading of that level."""
    lang = material.language
    for decided in material.derivation.decisions:
        rule = material.rules.find("decisions", decided.id)
        outcome = decided.title.get(lang) if decided.title else material.word("undecided")
        items = [KeyValue(material.word("outcome"), (Strong(outcome),))]
        if decided.reason:
            items.append(KeyValue(material.word("column_why"), (decided.reason.get(lang),)))
        because = "\n".join(explain(decided.because, material.rules, lang))
        items.append(KeyValue(material.word("answers_behind"), (because or "―",)))
        basis = f"{rule.basis.get(lang)} " if rule.basis else ""
        items.append(KeyValue(material.word("column_basis"), (basis + f"[{VERIFIED[rule.verified].get(lang)}]",)))
        yield Heading(rule.title.get(lang), level)
        yield KeyValues(tuple(items))


def _opinions(material: Material) -> Iterator[Block]:
    yield Heading(material.word("opinions"))
    if not material.opinions:
        needed = material.derivation.decision("opinion_needed") == "yes"
        yield Paragraph((material.word("opinion_missing" if needed else "no_opinions"),))
    for opinion in material.opinions:
        agrees = material.word("agrees" if opinion.agrees else "disagrees")
        title = material.word("opinion_of", name=opinion.name, on=opinion.on, agrees=agrees)
        old = () if opinion.current else ("\n", material.word("opinion_old"))
        yield Callout((opinion.text, *old), "note" if opinion.agrees else "warning", title=title)


def _requirements(material: Material) -> Iterator[Block]:
    lang = material.language
    group = ""
    for result in material.derivation.requirements:
        if result.holds is False:
            continue
        requirement = material.requirement(result.id)
        if requirement.group != group:
            group = requirement.group
            yield Heading(material.rules.find("groups", group).title.get(lang))
        yield Heading(f"{result.id}　{requirement.title.get(lang)}", 2)
        yield KeyValues(tuple(_facts(material, result)))
        yield BulletList(tuple((line,) for line in why_lines(material, result)))


def _facts(material: Material, result: RequirementResult) -> Iterator[KeyValue]:
    lang = material.language
    requirement = material.requirement(result.id)
    low, high, level = (strength_name(name, lang) for name in (result.low, result.high, result.level))
    demand = requirement.levels[result.level]
    yield KeyValue(material.word("threat"), (requirement.threat.get(lang),))
    yield KeyValue(material.word("column_range"), (low if low == high else f"{low}–{high}",))
    decided: list[Run] = [Strong(level), " ", material.word("state_decided" if result.decided else "state_proposed")]
    if result.outside:
        decided += ["\n", material.word("outside_reason", reason=result.reason or material.word("reason_lacking"))]
    elif result.reason:
        decided += ["\n", result.reason]
    yield KeyValue(material.word("column_level"), tuple(decided))
    yield KeyValue(material.word("column_demand"), (demand.demand.get(lang),))
    yield KeyValue(material.word("cost"), (demand.cost.get(lang),))
    yield KeyValue(material.word("operation"), (demand.operation.get(lang),))
    cited = material.outline.cited(result.id)
    yield KeyValue(material.word("column_clause"), (cited or material.word("left_out"),))
    yield KeyValue(material.word("verified"), (VERIFIED[requirement.verified].get(lang),))
    if result.possible != result.high:
        yield KeyValue(material.word("possible"), (strength_name(result.possible, lang),))


def _not_applicable(material: Material) -> Iterator[Block]:
    lang = material.language
    left = [result for result in material.derivation.requirements if result.holds is False]
    if not left:
        return
    yield Heading(material.word("not_applicable"))
    for result in left:
        said = explain(result.holds_because, material.rules, lang) if result.holds_because else []
        title = material.requirement(result.id).title.get(lang)
        yield Paragraph((Strong(f"{result.id}　{title}"), "　", ("、" if lang == "ja" else "; ").join(said)))
