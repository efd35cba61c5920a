"""The report of a privacy assessment, for the 保護管理者 to sign: figures, processing, duties, methods, limits.

Built from plain values (``as_dict`` of the privacy-risk engine), so that a kept assessment can be reported again later. It shows
headings of columns and counts, never a value of the table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sekisho.documents.model import (
    Block,
    BulletList,
    Callout,
    Cell,
    CellState,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    Document,
    Heading,
    KeyValue,
    KeyValues,
    Paragraph,
    Point,
    Status,
    Strong,
    Table,
)
from sekisho.standards import texts
from sekisho.standards.privacy import Duties

__all__ = ["PrivacyReport", "privacy_report"]

_NUMBER: Final = ColumnKind.NUMBER
_PERCENT: Final = ColumnKind.PERCENT
_STAGES: Final = ("before", "processing", "publication", "provision", "handling", "afterwards")
_LIMITS: Final = ("background", "sample", "text", "linking", "numbers", "law")
_METHODS: Final = ("classes", "diversity", "closeness", "risk", "population", "search", "mondrian", "cost", "verification")


@dataclass(frozen=True, slots=True)
class PrivacyReport:
    """What the report is made of.

    ``file``: name of the table (its name only); ``sha256``: of its bytes. ``assessment``, ``proposal``, ``generalization``,
    ``checklist``: ``as_dict()`` of the engine; ``before``: the assessment of the table before processing. ``supervisor``: the
    title of the person who signs.
    """

    organization: str
    file: str
    as_of: dt.datetime
    assessment: Mapping[str, Any]
    proposal: Mapping[str, Any]
    checklist: Mapping[str, Any]
    duties: Duties
    body: str
    sha256: str = ""
    before: Mapping[str, Any] | None = None
    generalization: Mapping[str, Any] | None = None
    language: Literal["ja", "en"] = "ja"
    fictional: bool = False
    version: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


def privacy_report(report: PrivacyReport) -> Document:
    """The report as a document, a draft until it is signed."""
    build = _Builder(report)
    blocks = [
        *build.summary(), *build.columns(), *build.figures(), *build.comparison(), *build.processing(), *build.duties(),
        *build.methods(), *build.signatures(),
    ]  # fmt: skip
    return Document(
        title=build.say("title"), organization=report.organization, as_of=report.as_of, blocks=tuple(blocks),
        subtitle=report.file, language=report.language, fictional=report.fictional, status=Status.DRAFT,
        metadata={
            build.say("meta_program"): f"Sekisho {report.version}".strip(),
            build.say("meta_rules"): report.duties.known_as_of, **report.metadata,
        },
    )  # fmt: skip


class _Builder:
    def __init__(self, report: PrivacyReport) -> None:
        self._report = report
        self._figures = report.assessment

    def say(self, name: str, **fields: Any) -> str:
        """A sentence in the report's language."""
        return texts.render(f"privacy_report.{name}", fields, self._report.language)

    def _pair(self, name: str, value: str) -> KeyValue:
        return KeyValue(self.say(name), (value,))

    def _column(
        self, name: str, kind: ColumnKind = ColumnKind.TEXT, *, digits: int | None = None, width: int | None = None
    ) -> Column:
        return Column(self.say(f"column_{name}"), kind, digits=digits, width=width)

    # ── summary ──

    def summary(self) -> list[Block]:
        """What is about what, and the few figures that decide."""
        figures, report = self._figures, self._report
        regime = report.duties.regime(report.body)
        pairs = [
            self._pair("file", report.file), *([self._pair("sha256", report.sha256)] if report.sha256 else []),
            self._pair("rows", f"{figures['rows']:,}"), self._pair("assessed", f"{figures['assessed']:,}"),
            self._pair("information", self.say(f"kind_{report.checklist['kind']}")),
            self._pair("regime", regime.title.get(report.language)),
            self._pair("k", str(figures["k"])), self._pair("l", self._or_none(figures["l"])),
            self._pair("t", self._or_none(figures["t"], "{:.3f}")),
            self._pair("highest", f"{figures['risks']['prosecutor']['highest']:.1%}"),
            self._pair("unique", f"{figures['uniqueness']['unique']:,} ({figures['uniqueness']['share']:.2%})"),
        ]  # fmt: skip
        counts = report.checklist["counts"]
        tone: Literal["note", "warning"] = "warning" if counts["contradicted"] else "note"
        blocks: list[Block] = [Heading(self.say("summary")), KeyValues(tuple(pairs))]
        blocks.append(Callout((self.say("counts", **counts),), tone, self.say("counts_title")))
        if regime.note is not None:
            blocks.append(Callout((regime.note.get(report.language),), "note", self.say("look_closer")))
        return blocks

    def _or_none(self, value: float | None, form: str = "{}") -> str:
        return self.say("no_sensitive") if value is None else form.format(value)

    # ── columns ──

    def columns(self) -> list[Block]:
        """What each column was taken for, by the person and by the proposal."""
        roles = dict.fromkeys(self._figures["quasi"], "quasi") | dict.fromkeys(self._figures["sensitive"], "sensitive")
        rows = []
        for one in self._report.proposal["columns"]:
            taken = roles.get(one["column"], "none")
            reasons = [texts.render(r["code"], r["fields"], self._report.language) for r in one["reasons"]]
            rows.append((
                Cell(one["column"]), Cell(self._role(taken), strong=taken != one["role"]), Cell(self._role(one["role"])),
                Cell(one["distinct"]), Cell(one["missing"]), Cell("; ".join(reasons)),
            ))  # fmt: skip
        columns = (
            self._column("column", width=3), self._column("taken", width=2), self._column("proposed", width=2),
            self._column("values", _NUMBER), self._column("missing", _NUMBER), self._column("reasons", width=5),
        )  # fmt: skip
        blocks: list[Block] = [Heading(self.say("columns"))]
        blocks.append(Table(columns, tuple(rows), self.say("columns_caption"), notes=(self.say("columns_note"),)))
        found = self._report.proposal["combinations"]
        keys = tuple(
            (Cell(" × ".join(one["columns"])), Cell(one["unique_share"]), Cell(one["distinction"]), Cell(one["separation"]))
            for one in found[:20]
        )
        heads = (
            self._column("combination", width=4), self._column("unique_share", _PERCENT, digits=1),
            self._column("distinction", _PERCENT, digits=1), self._column("separation", _PERCENT, digits=2),
        )  # fmt: skip
        blocks.append(Table(heads, keys, self.say("keys_caption"), empty=self.say("keys_none"), notes=(self.say("keys_note"),)))
        return blocks

    def _role(self, role: str) -> str:
        return texts.render(f"privacy.role_{role}", {}, self._report.language)

    # ── figures ──

    def figures(self) -> list[Block]:
        """k, l, t, uniqueness, risks."""
        figures = self._figures
        under = figures["k_anonymity"]["under"]
        rows = tuple((Cell(self.say("under", k=u["k"])), Cell(u["classes"]), Cell(u["records"]), Cell(u["share"])) for u in under)
        columns = (
            self._column("size", width=3), self._column("classes", _NUMBER), self._column("records", _NUMBER),
            self._column("share", _PERCENT, digits=2),
        )  # fmt: skip
        points = tuple(Point(self.say("under", k=u["k"]), u["share"]) for u in under)
        facts = figures["k_anonymity"]
        said = self.say(
            "k_said", k=facts["k"], classes=f"{facts['classes']:,}", average=f"{facts['average_class']:.2f}",
            largest=f"{facts['largest_class']:,}", missing=figures["left_out"]["missing"],
            suppressed=figures["left_out"]["suppressed"],
        )  # fmt: skip
        blocks: list[Block] = [
            Heading(self.say("measures")), Heading(self.say("k_heading"), 2), Paragraph((said,)),
            Table(columns, rows, self.say("k_caption")),
            Chart(ChartKind.BAR, points, self.say("k_chart"), self.say("k_chart_said"), "percent", digits=1, with_table=False),
        ]  # fmt: skip
        return [*blocks, *self._sensitive(), *self._risks()]

    def _sensitive(self) -> list[Block]:
        figures = self._figures
        rows = []
        for name, one in figures["l_diversity"].items():
            near = figures["t_closeness"][name]
            by = {r["l"]: r["c_above"] for r in one["recursive"]}
            ratio = by.get(2)
            distance = texts.render(f"privacy.distance_{near['distance']}", {}, self._report.language)
            rows.append((
                Cell(name), Cell(one["values"]), Cell(one["distinct"]), Cell(one["entropy"]),
                Cell(ratio) if ratio is not None else Cell(None, state=CellState.NOT_APPLICABLE), Cell(near["t"]),
                Cell(distance), Cell(one["records_in_them"]),
            ))  # fmt: skip
        columns = (
            self._column("column", width=2), self._column("values", _NUMBER), self._column("l", _NUMBER),
            self._column("entropy", _NUMBER, digits=2), self._column("ratio", _NUMBER, digits=2),
            self._column("t", _NUMBER, digits=3), self._column("distance", width=2), self._column("homogeneous", _NUMBER),
        )  # fmt: skip
        table = Table(columns, tuple(rows), self.say("l_caption"), empty=self.say("no_sensitive"), notes=(self.say("l_note"),))
        return [Heading(self.say("l_heading"), 2), table]

    def _risks(self) -> list[Block]:
        risks = self._figures["risks"]
        rows: list[tuple[Cell, ...]] = []
        for name in ("prosecutor", "journalist", "marketer"):
            one = risks[name]
            cells = [Cell(self.say(f"attacker_{name}"))]
            for key in ("highest", "average", "share_at_risk"):
                value = None if one is None else one.get(key)
                none = CellState.UNMEASURED if one is None else CellState.NOT_APPLICABLE
                cells.append(Cell(value) if value is not None else Cell(None, state=none))
            rows.append(tuple(cells))
        columns = (
            self._column("attacker", width=4), self._column("highest", _PERCENT, digits=2),
            self._column("average", _PERCENT, digits=2), self._column("at_risk", _PERCENT, digits=2),
        )  # fmt: skip
        notes = (self.say("risk_note", threshold=risks["threshold"]), self.say(f"population_{risks['population']}"))
        table = Table(columns, tuple(rows), self.say("risk_caption"), notes=notes)
        unique = self._figures["uniqueness"]
        said = self.say("unique_said", unique=f"{unique['unique']:,}", share=f"{unique['share']:.2%}")
        people = unique["population"]
        if people is not None:
            said += self.say(
                "unique_population", share=f"{people['share']:.2%}", model=people["model"], population=f"{people['population']:,}"
            )
        return [Heading(self.say("risk_heading"), 2), Paragraph((said,)), table]

    # ── processing ──

    def comparison(self) -> list[Block]:
        """Before and after, where both were assessed."""
        before, after = self._report.before, self._figures
        if before is None:
            return []
        pairs = (
            ("k", before["k"], after["k"]), ("l", before["l"], after["l"]), ("t", before["t"], after["t"]),
            ("highest", before["risks"]["prosecutor"]["highest"], after["risks"]["prosecutor"]["highest"]),
            ("average", before["risks"]["prosecutor"]["average"], after["risks"]["prosecutor"]["average"]),
            ("unique_share", before["uniqueness"]["share"], after["uniqueness"]["share"]),
            ("rows", before["rows"], after["rows"]),
        )  # fmt: skip
        shares = {"highest", "average", "unique_share"}

        def shown(name: str, value: float | None) -> Cell:
            if value is None:
                return Cell(None, state=CellState.NOT_APPLICABLE)
            return Cell(f"{value:.2%}" if name in shares else f"{value:.3f}" if name == "t" else f"{value:,}")

        rows = tuple((Cell(self.say(f"compare_{name}")), shown(name, a), shown(name, b)) for name, a, b in pairs)
        columns = (self._column("measure", width=4), self._column("before", width=2), self._column("after", width=2))
        return [Heading(self.say("comparison"), 2), Table(columns, rows, self.say("comparison_caption"))]

    def processing(self) -> list[Block]:
        """How the table was generalised, what it cost, and that the result was counted anew."""
        made = self._report.generalization
        if made is None:
            return [Heading(self.say("processing")), Paragraph((self.say("processing_unknown"),))]
        cost, check = made["cost"], made["verification"]
        pairs = [
            self._pair("method", self.say(f"method_{made['method'].replace('-', '_')}")),
            self._pair("asked", self._asked(made["requirements"])),
            self._pair("suppressed", f"{made['suppressed']:,} ({made['suppressed_share']:.2%})"),
            self._pair("left_out", f"{made['left_out_missing']:,}"),
            self._pair("removed", ", ".join(made["removed_columns"]) or self.say("none")),
            self._pair("ncp", f"{cost['ncp']:.4f}"),
            *([self._pair("loss", f"{cost['loss']:.4f}")] if cost["loss"] is not None else []),
            self._pair("discernibility", f"{cost['discernibility']:,}"),
            self._pair("class_size", f"{cost['average_class']:.2f} ({cost['normalised_average_class']:.2f})"),
            self._pair("verified", self.say("verified_held" if check["held"] else "verified_failed", k=check["k"])),
        ]  # fmt: skip
        blocks: list[Block] = [Heading(self.say("processing")), KeyValues(tuple(pairs))]
        levels = made["levels"]
        rows = tuple(
            (Cell(name), Cell(levels[name]["level"] if name in levels else None,
             state=CellState.VALUE if name in levels else CellState.NOT_APPLICABLE),
             Cell(levels[name]["height"] if name in levels else None,
             state=CellState.VALUE if name in levels else CellState.NOT_APPLICABLE), Cell(share))
            for name, share in cost["ncp_by_column"].items()
        )  # fmt: skip
        columns = (
            self._column("column", width=3), self._column("level", _NUMBER), self._column("height", _NUMBER),
            self._column("ncp", _PERCENT, digits=1),
        )  # fmt: skip
        blocks.append(Table(columns, rows, self.say("levels_caption")))
        return blocks

    def _asked(self, asked: Mapping[str, Any]) -> str:
        parts = [f"k = {asked['k']}"]
        parts += [f"{d['column']}: l = {d['l']:g} ({d['kind']})" for d in asked["diversity"]]
        parts += [f"{c['column']}: t = {c['t']:g} ({c['distance']})" for c in asked["closeness"]]
        return "; ".join([*parts, self.say("asked_suppression", share=f"{asked['suppression']:.1%}")])

    # ── duties ──

    def duties(self) -> list[Block]:
        """The checklist, stage by stage."""
        lang, rules = self._report.language, {duty.id: duty for duty in self._report.duties.items}
        settings = self._report.checklist["settings"]
        asked = self.say(
            "duties_settings", k=settings["k"], l=f"{settings['l']:g}", t=settings["t"], threshold=settings["threshold"]
        )
        blocks: list[Block] = [Heading(self.say("duties")), Paragraph((self.say("duties_said"), asked))]
        columns = (
            self._column("stage", width=2), self._column("duty", width=7), self._column("basis", width=4),
            self._column("state", width=3), self._column("evidence", width=5), self._column("checked", width=2),
        )  # fmt: skip
        rows = []
        for item in sorted(self._report.checklist["items"], key=lambda one: _STAGES.index(rules[one["id"]].stage)):
            duty = rules[item["id"]]
            rows.append((
                Cell(self.say(f"stage_{duty.stage}")), Cell(f"{duty.title.get(lang)}\n{duty.text.get(lang)}"), Cell(duty.basis),
                Cell(self.say(f"state_{item['state']}"), strong=item["state"] == "contradicted"),
                Cell(self._evidence(item)), Cell(self.say(f"checked_{duty.verified}")),
            ))  # fmt: skip
        blocks.append(Table(columns, tuple(rows), self.say("duties_caption"), landscape=True))
        note = self._report.duties.confidence_note.get(lang)
        return [*blocks, Callout((note,), "warning", self.say("duties_checked"))]

    def _evidence(self, item: Mapping[str, Any]) -> str:
        parts = []
        for figure in item["figures"]:
            value = self.say("not_measured") if figure["value"] is None else f"{figure['value']:g}"
            sign = {"at_least": "≥", "at_most": "≤", "equals": "="}[figure["operator"]]
            parts.append(f"{self.say('figure_' + figure['figure'])}: {value} ({sign} {figure['wanted']:g})")
        told = item["declaration"]
        if told is not None:
            parts.append(self.say("declared", by=told["by"], on=told["on"], note=told["note"]))
        return "\n".join(parts) or "—"

    # ── methods, limits, signatures ──

    def methods(self) -> list[Block]:
        """How every figure is defined, and what they do not say."""
        how = BulletList(tuple((Strong(self.say(f"method_{n}_name")), self.say(f"method_{n}_said")) for n in _METHODS))
        limits = BulletList(tuple((self.say(f"limit_{name}"),) for name in _LIMITS))
        return [Heading(self.say("methods")), how, Heading(self.say("limits")), limits]

    def signatures(self) -> list[Block]:
        """The place to sign: whoever made it, the 保護管理者, and the one above."""
        rows = tuple((Cell(self.say(f"sign_{who}")), Cell(""), Cell(""), Cell("")) for who in ("maker", "supervisor", "general"))
        columns = (
            self._column("signer", width=3), self._column("name", width=4), self._column("date", width=2),
            self._column("opinion", width=5),
        )  # fmt: skip
        return [Heading(self.say("signatures")), Paragraph((self.say("signatures_said"),)), Table(columns, rows)]
