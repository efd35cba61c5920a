"""``sekisho retention``: until when what is kept, and why; what is due on a day.

Exit codes: 0 done · 2 the input cannot be used · 4 no such file or organisation.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.errors import InputError
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.engines.retention import Assumption, Case, Decision, Explanation, YearEnd
    from sekisho.standards.model import Text
    from sekisho.standards.retention_rules import RetentionRules

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="保存期間を数える・期限が来たものを出す / count retention periods, list what is due")

_ASSUMED: Final = "03-31"
_MOST_SHOWN: Final = 50
_LONG: Final = 10_000
_STATES: Final = {"awaiting": "awaiting_disposal", "no_rule": "undecided", "undetermined": "undecided", "soon": "kept"}
"""What the room says more finely than the engine."""

YearEndOption = Annotated[
    str | None,
    typer.Option("--year-end", metavar="MM-DD", help="事業年度の終わり（03-31、02-end）/ end of the business year"),
]
RulesOption = Annotated[
    Path | None, typer.Option("--rules", help="組織自身の種類のファイル（YAML）/ the organisation's own kinds (YAML)")
]


@app.command("explain")
def explain_(
    kind: Annotated[str, typer.Option("--kind", help="種類のID（RT01 など）/ id of the kind (RT01 …)")],
    *,
    event: Annotated[
        list[str] | None,
        typer.Option("--event", metavar="DATE", help="出来事の日、又は「名前=日」（繰り返せる）/ day, or NAME=DAY"),
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", metavar="QUESTION=yes|no", help="種類の問いへの答え（繰り返せる）/ repeat")
    ] = None,
    year_end: YearEndOption = None,
    filing_months: Annotated[
        int, typer.Option("--filing-months", min=0, max=12, help="申告期限の延長の月数 / months by which filing was put off")
    ] = 0,
    period: Annotated[
        str | None,
        typer.Option("--period", metavar="5年", help="組織の規則で定める期間 / period by own rules"),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="KIND=DATE", help="ほかに当たる種類（繰り返せる）/ further kinds"),
    ] = None,
    purpose_ended: Annotated[
        str | None, typer.Option("--purpose-ended", metavar="DATE", help="利用目的を達した日 / day the purpose ended")
    ] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="この日の扱いも示す / also for this day")] = None,
    rules: RulesOption = None,
    json_: JsonOption = False,
) -> None:
    """いつまで保存するかと、その理由を示す / until when a thing must be kept, with every reason."""
    from sekisho.engines import retention

    known = _rules(rules)
    case = retention.Case(
        answers=_answers(answer or []), year_end=retention.YearEnd.parse(year_end) if year_end else None,
        filing_months=filing_months, own_value=_period(period)[0], own_unit=_period(period)[1],
    )  # fmt: skip
    made = [_explained(kind, _events(event or []), case, known)]
    for text in also or []:
        name, _, day = text.partition("=")
        made.append(_explained(name, _events([day] if day else []), case, known))
    ended = retention.parse_day(purpose_ended) if purpose_ended else None
    decision = None
    if on or also or ended:
        today = retention.parse_day(on) if on else date.max
        decision = retention.decide(made, on=today, purpose_ended=ended, rules=known)
    if json_:
        print_json({"schema": "sekisho.retention_explanation/1", **_answer_json(made, decision, known, dated=bool(on))})
        return
    for one in made:
        _show(one, known)
    if decision is not None:
        _show_decision(decision, known, dated=bool(on))


def _answer_json(made: list[Explanation], decision: Decision | None, rules: RetentionRules, *, dated: bool) -> dict[str, Any]:
    from sekisho.engines import retention

    shown = retention.as_dict(made[0], rules=rules)
    if decision is not None:
        whole = retention.decision_dict(decision, rules=rules)
        if not dated:
            for name in ("on", "state", "days_overdue"):
                del whole[name]
        shown["decision"] = whole
        shown["last_day_kept_of_all"] = whole["last_day_kept"]
    return shown


def _explained(kind: str, events: dict[str, date], case: Case, rules: RetentionRules) -> Explanation:
    """With the business year of most bodies where none was given; the answer says so."""
    from dataclasses import replace

    from sekisho.engines import retention

    made = retention.explain(kind, events, case=case, rules=rules)
    if made.missing != ("year_end",):
        return made
    assumed = retention.Assumption("retention.assumed_year_end", {"year_end": _ASSUMED})
    assumptions: tuple[Assumption, ...] = (assumed,)
    filled = replace(case, year_end=retention.YearEnd.parse(_ASSUMED))
    return retention.explain(kind, events, case=filled, rules=rules, assumptions=assumptions)


@app.command("due")
def due(
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="この日に期限が来ているもの / what is due on this day")],
    *,
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", help="台帳（CSV・Excel・JSON Lines。省くと記録）/ ledger; else the records"),
    ] = None,
    organization: Annotated[
        str | None, typer.Option("--organization", help="組織のコード（記録から出すとき）/ code of the organisation (records)")
    ] = None,
    year_end: YearEndOption = None,
    everything: Annotated[bool, typer.Option("--all", help="期限の来ていないものも出す / list everything")] = False,
    rules: RulesOption = None,
    json_: JsonOption = False,
) -> None:
    """期限が来たもの・消さなければならないもの・待っているものを出す / list what is due, must go, or waits."""
    from sekisho.engines.retention import parse_day

    day = parse_day(on)
    if ledger is None:
        shown = _from_records(day, organization)
    else:
        shown = _from_file(ledger, day, year_end, _rules(rules), everything=everything)
    if json_:
        _print_due({"schema": "sekisho.retention_due/1", "on": day.isoformat(), **shown})
        return
    _show_due(day, shown)


def _print_due(answer: dict[str, Any]) -> None:
    """As JSON; without line breaks where it is long (a million entries are written in a second)."""
    if len(answer["entries"]) <= _LONG:
        print_json(answer)
        return
    import sys

    import msgspec

    sys.stdout.flush()
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")


def _from_file(ledger: Path, day: date, year_end: str | None, rules: RetentionRules, *, everything: bool) -> dict[str, Any]:
    from sekisho.engines.retention import YearEnd
    from sekisho.engines.retention.due import due_list
    from sekisho.engines.retention.ledger import read_ledger
    from sekisho.engines.retention.listing import rows_of

    end: YearEnd = YearEnd.parse(year_end or _ASSUMED)
    read = read_ledger(ledger, year_end=end, assumed=year_end is None, rules=rules)
    found = due_list(read.entries, on=day, rules=rules)
    said = _assumed_rows(int(read.assumed.sum()))
    return {"counts": found.counts(), "assumptions": said, "entries": rows_of(read, found, everything=everything)}


def _assumed_rows(rows: int) -> list[dict[str, Any]]:
    if not rows:
        return []
    code, fields = "retention.assumed_year_end_rows", {"year_end": _ASSUMED, "rows": rows}
    return [{"code": code, "fields": fields, "message": {lang: texts.render(code, fields, lang) for lang in ("ja", "en")}}]


def _from_records(day: date, organization: str | None) -> dict[str, Any]:
    """From the room: its own entries, holds and consents."""
    from collections import Counter

    from sekisho.cli.django import setup

    setup()
    from sekisho.records.lifecycle.queries import retention as room
    from sekisho.records.organization import queries as organizations
    from sekisho.records.organization.principals import SYSTEM

    place = organizations.by_code(SYSTEM, organization) if organization else None
    entries = list(room.due_rows(SYSTEM, on=day, organization=place))
    standings = room.standings(entries, on=day)
    rows = [
        {
            "id": one.number, "name": one.name, "kinds": ";".join(one.kinds),
            "state": _STATES.get(standings[one.pk].state, standings[one.pk].state),
            "last_day_kept": one.last_day and one.last_day.isoformat(), "due_since": one.due_on and one.due_on.isoformat(),
            "must_delete_from": one.delete_by and one.delete_by.isoformat(),
            "days_overdue": (day - one.due_on).days if one.due_on and standings[one.pk].deletable else 0, "certain": one.certain,
        }
        for one in entries
    ]  # fmt: skip
    return {"counts": dict(Counter(str(row["state"]) for row in rows)), "assumptions": [], "entries": rows}


@app.command("kinds")
def kinds(
    *,
    field: Annotated[str | None, typer.Option("--field", help="分野（会社・税務・労務 など）/ field, in Japanese")] = None,
    rules: RulesOption = None,
    json_: JsonOption = False,
) -> None:
    """種類・期間・起算の出来事・根拠の一覧 / the kinds with period, event and law."""
    known = _rules(rules)
    rows = [_kind_row(name, known) for name, kind in known.kinds.items() if field in {None, kind.field}]
    if json_:
        print_json({"schema": "sekisho.retention_kinds/1", "kinds": rows})
        return
    lang = language()
    for row in rows:
        value = texts.render(f"retention.period_{row['period']['unit']}", {"value": row["period"]["value"]}, lang)
        typer.echo(f"{row['kind']}  {row['title'][lang]}  [{value}]  {row['events'][0]['title'][lang]}  {row['law'][lang]}")


def _kind_row(name: str, rules: RetentionRules) -> dict[str, Any]:
    kind = rules.kinds[name]
    rule = kind.rule
    questions = dict.fromkeys(one.when for one in rule.alternatives)
    return {
        "kind": name,
        "title": {"ja": kind.title.ja, "en": kind.title.en},
        "field": kind.field,
        "class": rule.class_,
        "statutory": kind.statutory,
        "personal": rule.personal,
        "period": {"value": rule.period.value, "unit": rule.period.unit},
        "start": rule.start.rule,
        "start_rule": kind.start_words,
        "events": [
            {"id": e, "title": {"ja": rules.events[e].title.ja, "en": rules.events[e].title.en}} for e in rule.start.events
        ],
        "questions": [
            {"id": q, "question": {"ja": rules.conditions[q].question.ja, "en": rules.conditions[q].question.en}}
            for q in questions
        ],
        "before_deletion": list(rule.before_deletion),
        "law": {"ja": kind.basis.ja, "en": kind.basis.en},
        "verified": kind.verified,
        "start_verified": rule.start_verified,
        "confidence": kind.confidence,
    }


def _both(text: Text) -> dict[str, str]:
    return {"ja": text.ja, "en": text.en}


def _rules(path: Path | None) -> RetentionRules:
    from sekisho.standards.retention_rules import read_overlay, retention_rules

    if path is None:
        return retention_rules()
    try:
        return read_overlay(path.read_bytes(), filename=path.name)
    except OSError as error:
        raise InputError("retention.rules_unreadable", file=str(path)) from error


def _events(texts_: list[str]) -> dict[str, date]:
    from sekisho.engines.retention import parse_day

    found: dict[str, date] = {}
    for text in texts_:
        name, _, day = text.rpartition("=")
        key = name.strip() or "event"
        if key in found:
            raise InputError("retention.event_twice", event=key[:60])
        found[key] = parse_day(day)
    return found


def _answers(given: list[str]) -> dict[str, bool]:
    found = {}
    for text in given:
        name, _, value = text.partition("=")
        if value.strip().lower() not in {"yes", "no"}:
            raise InputError("retention.ledger_yes_or_no", value=value[:20])
        found[name.strip()] = value.strip().lower() == "yes"
    return found


def _period(text: str | None) -> tuple[int | None, str]:
    if text is None:
        return None, "year"
    from sekisho.engines.retention.days import parse_period

    return parse_period(text)


def _show(made: Explanation, rules: RetentionRules) -> None:
    from sekisho.engines.retention import sentence

    lang = language()
    last = (
        made.last_day_kept.isoformat() if made.last_day_kept else texts.render(f"retention.status_{made.status.value}", {}, lang)
    )
    typer.echo(f"{made.kind}  {made.title.get(lang)}")
    typer.echo(texts.render("retention.cli_last_day", {"last": last}, lang))
    for one in made.reasons:
        typer.echo(f"  ・{sentence(one.code, one.fields, lang, rules=rules)}")
    for assumed in made.assumptions:
        typer.echo(f"  ！{sentence(assumed.code, assumed.fields, lang, rules=rules)}")
    for name in made.missing:
        event = rules.events.get(name)
        word = event.title.get(lang) if event else texts.render(f"retention.missing_{name}", {}, lang)
        typer.echo(texts.render("retention.cli_missing", {"what": word}, lang))
    for option in made.options:
        end = option.last_day.isoformat() if option.last_day else "–"
        question = rules.conditions[option.question].question.get(lang)
        typer.echo(texts.render("retention.cli_option", {"question": question, "last": end, "id": option.question}, lang))


def _show_decision(decision: Decision, rules: RetentionRules, *, dated: bool) -> None:
    from sekisho.engines.retention import sentence

    lang = language()
    last = decision.last_day_kept.isoformat() if decision.last_day_kept else "–"
    typer.echo(texts.render("retention.cli_all_kinds", {"last": last}, lang))
    if dated:
        state = texts.render(f"retention.state_{decision.state.value}", {}, lang)
        typer.echo(texts.render("retention.cli_state", {"on": decision.on.isoformat(), "said": state}, lang))
    for one in decision.conflicts:
        typer.echo(f"  ・{sentence(one.code, one.fields, lang, rules=rules)}")


def _show_due(day: date, shown: dict[str, Any]) -> None:
    lang = language()
    for row in shown["entries"][:_MOST_SHOWN]:
        state = texts.render(f"retention.state_{row['state']}", {}, lang)
        typer.echo(f"[{state}] {row['id']} {row['name']} {row['kinds']} {row['last_day_kept'] or '–'} (+{row['days_overdue']})")
    if len(shown["entries"]) > _MOST_SHOWN:
        typer.echo(f"  … +{len(shown['entries']) - _MOST_SHOWN}")
    for one in shown.get("assumptions", []):
        say(one["code"], **one["fields"])
    said = "、".join(
        f"{texts.render(f'retention.state_{name}', {}, lang)} {count}" for name, count in shown["counts"].items() if count
    )
    say("retention.cli_due_summary", on=day.isoformat(), counts=said)
