"""``sekisho trace``: from a figure down to the files it rests on and their hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekisho.cli.common import JsonOption, language, print_json
from sekisho.cli.django import setup
from sekisho.errors import NotFound
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.standards.indicators import ComputedIndicator

_SHOWN = 20


def command(
    organization: Annotated[str, typer.Option(help="組織のコード / code of the organisation")],
    indicator: Annotated[
        str, typer.Option(help="指標のキー、指標の番号（MT30）、測定値のキー / key of an indicator, MT30, or a measure")
    ],
    as_json: JsonOption = False,
) -> None:
    """一つの数字を、判定・測定値・エビデンス・もとのファイルのハッシュまでたどる / trace one figure down to its files' hashes."""
    found = _indicator(indicator)
    setup()
    from dataclasses import replace

    from django.utils import timezone

    from sekisho.records.measurement import actions, queries
    from sekisho.records.organization import queries as organizations
    from sekisho.records.organization.principals import SYSTEM

    principal = replace(SYSTEM, language=language())
    now = timezone.now()
    place = organizations.by_code(principal, organization)
    value = queries.series(principal, organization_id=place.pk, key=found.key, limit=1).first()
    if value is None:
        actions.compute(principal, organization=place, now=now)
        value = queries.series(principal, organization_id=place.pk, key=found.key, limit=1).get()
    chain = {"organization": place.code, **queries.trace_indicator(principal, value, now=now)}
    if as_json:
        print_json(chain)
    else:
        typer.echo("\n".join(_lines(chain)))


def _indicator(wanted: str) -> ComputedIndicator:
    """By key, by the number of the proposed indicator, or by the key of the measure that it sums."""
    from sekisho.standards.indicators import computed_indicators

    known = computed_indicators()
    if wanted in known:
        return known[wanted]
    for one in known.values():
        if wanted and wanted in {one.metric, one.source.key, one.source.with_measure}:
            return one
    raise NotFound("measurement.unknown_indicator", given=wanted, known=", ".join(known))


def _t(name: str, **fields: Any) -> str:
    return texts.render(f"measurement.{name}", fields, language())


def _lines(chain: dict[str, Any]) -> list[str]:
    """The chain as text, from the figure down."""
    from sekisho.records.measurement.rules.wording import figure_text

    head = chain["indicator"]
    figure = figure_text(head["value"], ratio=head["ratio"], unit=head["unit"]) or _t("trace_unmeasured")
    lines = [
        f"1 {head['title']}: {figure}",
        f"  {head['formula']} ({head['formula_id']})",
        "  " + _t("trace_period", first=head["period"][0], last=head["period"][1], as_of=head["as_of"]),
    ]
    if head["denominator"] is not None:
        lines.append(f"  {head['numerator']:g} / {head['denominator']:g}")
    lines.append(
        "2 "
        + _t(
            "trace_inputs", judgements=chain["judgement_count"], findings=chain["finding_count"], measures=chain["measure_count"]
        )
    )
    lines += [f"  {j['requirement']} {j['title']} / {j['subject']}: {_level(j['level'])}" for j in chain["judgements"][:_SHOWN]]
    lines += [f"  {_severity(f['severity'])}: {f['sentence']} / {f['subject']}" for f in chain["findings"][:_SHOWN]]
    lines += [f"  {m['key']} = {m['value']:g} / {m['subject_name']}" for m in chain["measures"][:_SHOWN]]
    lines.append("3 " + _t("trace_evidence", count=chain["evidence_count"]))
    for paper in chain["evidence"]:
        if paper.get("gone"):
            lines.append(f"  {paper['id']}: {_t('trace_gone')}")
            continue
        lines.append(f"  {paper['title']} / {paper['subject']} / {paper['observed_at'] or paper['received_at']}")
        lines += [f"    {file['name']}  sha256:{file['sha256']}  {_state(file)}" for file in paper["files"]]
    ledger = chain["ledger"]
    numbers = ", ".join(str(e["sequence"]) for e in ledger["entries"])
    lines.append("4 " + _t("trace_ledger", numbers=numbers))
    if ledger["verified"]:
        held = "trace_chain_holds" if ledger["verified"]["ok"] else "trace_chain_broken"
        lines.append("  " + _t(held, first=ledger["verified"]["first"], last=ledger["verified"]["last"]))
    return lines


def _level(level: int | None) -> str:
    return texts.render(f"report.level_{level}", {}, language())


def _severity(severity: str) -> str:
    return texts.render(f"measure.severity_{severity}", {}, language())


def _state(file: dict[str, Any]) -> str:
    if file["erased"]:
        return _t("file_erased")
    return _t("file_intact" if file["intact"] else "file_broken")
