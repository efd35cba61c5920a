"""The report on masked data that a 保護管理者 can sign: what was done by which plan, what was proven, what is left."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, Literal

from sekisho.documents.model import (
    Block,
    Callout,
    Cell,
    Column,
    ColumnKind,
    Document,
    Heading,
    KeyValue,
    KeyValues,
    Paragraph,
    Status,
    Table,
)
from sekisho.engines.masking.plan import Action, ColumnPlan, Plan
from sekisho.engines.masking.verify import Check, Outcome, Proof
from sekisho.standards.texts import known, render

__all__ = ["masking_report"]


class _Words:
    """Sentences of the topic in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, name: str, **fields: Any) -> str:
        return render(f"masking_runs.{name}", fields, self.language)

    def kind(self, name: str) -> str:
        """A kind of data in words; its name where there are none."""
        code = f"masking_runs.kind_{name}"
        return render(code, {}, self.language) if known(code) else name


def masking_report(
    plan: Plan, proof: Proof, *, organization: str, now: datetime, language: str = "ja", fictional: bool = False
) -> Document:
    """The document. ``now`` (with offset) is the moment of the proof; no value of the data is in it."""
    say = _Words(language)
    spoken: Literal["ja", "en"] = "en" if language == "en" else "ja"
    blocks: list[Block] = [
        Callout((say("report_holds" if proof.holds else "report_fails"),), "note" if proof.holds else "warning"),
        Heading(say("report_about")),
        _about(plan, proof, say),
        Heading(say("report_done")),
        *_done(plan, proof, say),
        Heading(say("report_proof")),
        Paragraph((say("report_proof_text"),)),
        _checks(proof, say),
        *_failures(proof, say),
        Heading(say("report_left")),
        Paragraph((say("report_left_text"),)),
        _left(proof, say),
        *_bases(plan, say),
        Heading(say("report_sign")),
        Paragraph((say("report_sign_text"),)),
        Table(
            columns=tuple(Column(say(f"sign_{one}"), width=width) for one, width in (("role", 3), ("name", 4), ("date", 3))),
            rows=tuple((Cell(say(f"sign_role_{one}")), Cell(""), Cell("")) for one in ("maker", "checker", "manager")),
            name=say("report_sign"),
        ),
    ]
    return Document(
        title=say("report_title"),
        subtitle=plan.title,
        organization=organization or "—",
        as_of=now,
        blocks=tuple(blocks),
        language=spoken,
        fictional=fictional,
        cover=False,
        status=Status.ISSUED if proof.holds else Status.DRAFT,
        issued_at=now if proof.holds else None,
        metadata={say("meta_plan"): f"{plan.version} / {plan.hash}"},
    )


def _about(plan: Plan, proof: Proof, say: _Words) -> KeyValues:
    pairs = [
        ("about_purpose", plan.purpose),
        ("about_recipient", plan.recipient),
        ("about_place", say(f"place_{plan.place}")),
        ("about_source", proof.source),
        ("about_target", proof.target),
        ("about_plan", say("plan_named", title=plan.title, version=plan.version, hash=plan.hash)),
    ]
    keys = "; ".join(say("key_named", domain=one.domain, version=one.version, check=one.check) for one in proof.keys)
    pairs.append(("about_keys", keys or say("keys_not_given")))
    return KeyValues(tuple(KeyValue(say(name), (value,)) for name, value in pairs))


def _done(plan: Plan, proof: Proof, say: _Words) -> list[Block]:
    """Each table: its rows, and what happened to each column."""
    blocks: list[Block] = []
    rows = {one.name: one for one in proof.tables}
    for table in plan.tables.values():
        blocks.append(Heading(table.name, level=2))
        if not table.include:
            blocks.append(Paragraph((say("table_left_out"),)))
            continue
        found = rows.get(table.name)
        if found is not None:
            blocks.append(Paragraph((say("table_rows", rows=f"{found.rows:,}", after=f"{found.target_rows:,}"),)))
        blocks.append(
            Table(
                columns=tuple(
                    Column(say(f"heading_{one}"), width=w) for one, w in (("column", 3), ("kind", 3), ("transform", 6))
                ),
                rows=tuple(
                    (Cell(one.name), Cell(", ".join(sorted(say.kind(k) for k in one.kinds))), Cell(_what(one, say)))
                    for one in table.columns.values()
                ),
                name=table.name,
            )
        )
    return blocks


def _what(column: ColumnPlan, say: _Words) -> str:
    if column.transform is None:
        basis = say("kept_on", basis=column.basis) if column.basis else ""
        return say(f"action_{column.action.value}") + basis
    fields = {key: value for key, value in column.transform.to_plan().items() if key not in {"transform", "domain"}}
    shown = ", ".join(f"{key}: {_shown(value)}" for key, value in fields.items())
    return say(f"transform_{column.transform.name}") + (f" ({shown})" if shown else "")


def _shown(value: Any) -> str:
    return "・".join(map(str, value)) if isinstance(value, list) else str(value)


def _checks(proof: Proof, say: _Words) -> Table:
    """How often each check was done, and how it came out."""
    counts: Counter[tuple[str, Outcome]] = Counter((one.code, one.outcome) for one in proof.checks)
    codes = list(dict.fromkeys(one.code for one in proof.checks))
    return Table(
        columns=(
            Column(say("heading_check"), width=6),
            *(Column(say(f"outcome_{one.value}"), ColumnKind.NUMBER, width=2) for one in Outcome),
        ),
        rows=tuple((Cell(say(f"check_{code}")), *(Cell(counts[code, one]) for one in Outcome)) for code in codes),
        name=say("report_proof"),
    )


def _failures(proof: Proof, say: _Words) -> list[Block]:
    """Failed checks, and those that were not done, with their figures; and where chance explains what is equal."""
    wanted = [one for one in proof.checks if one.outcome is not Outcome.PASSED or _equal_by_chance(one)]
    if not wanted:
        return []
    return [
        Table(
            columns=tuple(Column(say(f"heading_{one}"), width=w) for one, w in (("place", 3), ("check", 4), ("figures", 5))),
            rows=tuple(
                (
                    Cell(".".join(part for part in (one.table, one.column) if part)),
                    Cell(f"{say(f'check_{one.code}')}: {say(f'outcome_{one.outcome.value}')}"),
                    Cell(_figures(one, say)),
                )
                for one in wanted
            ),
            caption=say("report_details"),
            name=say("report_details"),
        )
    ]


def _equal_by_chance(check: Check) -> bool:
    return check.code == "remains" and bool(check.fields.get("unchanged"))


def _figures(check: Check, say: _Words) -> str:
    if check.reason:
        return say(f"undone_{check.reason}")
    if check.code == "remains":
        return say(f"explanation_{check.fields['explanation']}", **check.fields)
    return ", ".join(f"{key}: {value}" for key, value in check.fields.items() if value != "")


def _left(proof: Proof, say: _Words) -> Table:
    return Table(
        columns=(
            Column(say("heading_place"), width=4),
            Column(say("heading_kind"), width=3),
            Column(say("heading_cells"), ColumnKind.NUMBER, width=2),
            Column(say("heading_why"), width=6),
        ),
        rows=tuple(
            (
                Cell(f"{one.table}.{one.column}"),
                Cell(say.kind(one.kind)),
                Cell(one.count),
                Cell(say(f"why_{one.explained or 'none'}")),
            )
            for one in proof.remaining
        ),
        name=say("report_left"),
        empty=say("nothing_left"),
    )


def _bases(plan: Plan, say: _Words) -> list[Block]:
    """On what personal data were kept: pledge, return or erasure."""
    kept = {one.basis for _, one in plan.columns() if one.action is Action.KEEP and one.basis}
    if not kept:
        return []
    headings = ("basis", "who", "document", "signed", "ends", "confirmed")
    rows = []
    for one in plan.bases.values():
        if one.id in kept:
            ends = say(f"ends_{one.ends}", until=one.until.isoformat())
            done = (
                say("confirmed_on", who=one.confirmed_by, day=one.confirmed_on.isoformat())
                if one.confirmed_on
                else say("confirmed_not", who=one.confirmed_by)
            )
            rows.append(tuple(Cell(text) for text in (one.id, one.who, one.document, one.signed_on.isoformat(), ends, done)))
    table = Table(columns=tuple(Column(say(f"basis_{one}")) for one in headings), rows=tuple(rows), name=say("report_bases"))
    return [Heading(say("report_bases")), Paragraph((say("report_bases_text"),)), table]
