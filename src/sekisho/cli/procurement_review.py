"""``sekisho procurement review``: read a draft specification or contract, say what it covers and what to look at.

Exit codes: 0 reviewed, nothing to look at · 1 reviewed, something is missing or open · 2 the draft cannot be used.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.errors import InputError
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.engines.draftreview import Location, Review

__all__ = ["review"]

Require = Annotated[
    list[str] | None,
    typer.Option(
        "--require",
        metavar="ID[=LEVEL]",
        help="探す条項と実施レベル（繰り返せる。省くとSBDの全要件）/ a clause and its level; repeat",
    ),
]
Family = Annotated[
    list[str] | None, typer.Option("--family", help="まとめて探す条項の種類（sbd、outsourcing など）/ whole families of clauses")
]
Expect = Annotated[
    list[str] | None, typer.Option("--expect", metavar="KEY=VALUE", help="案件で決めた値 / values that the case decided")
]
Product = Annotated[list[str] | None, typer.Option("--product", help="銘柄として知らせる製品名 / product names to be told about")]


def review(
    draft: Annotated[Path, typer.Argument(help="調達仕様書・契約書の案（DOCX・PDF・テキスト）/ draft")],
    *,
    json_: JsonOption = False,
    require: Require = None,
    family: Family = None,
    expect: Expect = None,
    product: Product = None,
) -> None:
    """仕様書・契約書の案を点検する（判断は人がする）/ review a draft (a person decides)."""
    from sekisho.engines import draftreview
    from sekisho.standards.review_rules import FAMILIES, review_rules

    rules = review_rules()
    wanted = {name: level or None for name, level in (_pair(text, required=False) for text in require or ())}
    for name in family or ():
        if name not in FAMILIES:
            raise InputError("review.setting_wrong", value=name, expected=", ".join(FAMILIES))
        wanted |= {clause.id: wanted.get(clause.id) for clause in rules.clauses if clause.family == name}
    result = draftreview.review(
        draftreview.read_draft_file(draft), rules=rules, required=wanted if require or family else None,
        expected=dict(_pair(text, required=True) for text in expect or ()), products=tuple(product or ()),
    )  # fmt: skip
    print_json(result.as_dict()) if json_ else _show(result)
    counts = result.counts
    if not result.supported or counts["missing"] or counts["partly"] or any(item.kind != "vague" for item in result.items):
        raise typer.Exit(1)


def _pair(text: str, *, required: bool) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not key or (required and not (sign and value)):
        raise InputError("review.setting_wrong", value=text[:100], expected="KEY=VALUE")
    return key.strip(), value.strip()


def _show(result: Review) -> None:
    lang = language()
    for notice in result.notices:
        say(notice.code, **notice.fields)
    if not result.supported:
        return
    for clause in result.clauses:
        status = texts.render(f"review.status_{clause.status}", {}, lang)
        why = "; ".join(texts.render(reason, {}, lang) for reason in clause.reasons)
        lacking = ", ".join(
            group.name.get(lang)
            for group in clause.groups
            if not group.met and (group.level is None or (clause.wanted and _up_to(group.level, clause.wanted)))
        )
        detail = f"  [{why}: {lacking}]" if why and lacking else f"  [{why}]" if why else ""
        typer.echo(f"{clause.id:7} {status}  {clause.confidence:.2f}  {clause.title.get(lang)}{detail}")
        for passage in clause.passages[:1]:
            typer.echo(f"        {_place(passage.location)}  {_short(passage.text)}")
    for item in result.items:
        typer.echo(f"{item.severity.value:8} {texts.render(item.code, item.fields, lang)}")
        for passage in item.passages:
            typer.echo(f"        {_place(passage.location)}  {_short(passage.text)}")
    say("review.cli_summary", **result.counts)
    say("review.cli_person_decides")


def _up_to(level: str, wanted: str) -> bool:
    order = ("low", "mid", "high")
    return order.index(level) <= order.index(wanted)


def _place(location: Location) -> str:
    parts = [f"p.{location.page}" if location.page else "", f"l.{location.line}" if location.line else "", f"#{location.number}"]
    return " ".join(part for part in (*parts, *location.headings[-1:]) if part)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"  # noqa: PLR2004 - a line of the terminal
