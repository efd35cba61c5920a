"""The page for the executives: what it is, why it concerns us, what was done, what they are asked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sekisho.documents.model import (
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
    Status,
    Strong,
    Table,
)
from sekisho.records.intelligence.rules.labels import shown_label, strictest
from sekisho.records.intelligence.rules.times import STEPS, Times
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.documents.model import Block

__all__ = ["Told", "brief"]

_LONGEST_SUMMARY = 400


@dataclass(frozen=True, slots=True)
class Told:
    """One notice as the executives are told it. ``summary``: a person's words; ``reasons``: sentences of the relevance."""

    number: str
    title: str
    tlp: str
    source: str
    summary: str
    verdict_reason: str
    times: Times
    reasons: tuple[str, ...] = ()
    indicators: int = 0
    listed: int = 0
    blocked: int = 0
    seen: int = 0
    seen_hosts: int = 0
    searched: str = ""  # the period and coverage, as a sentence
    cves: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


def _word(language: str, name: str, **fields: Any) -> str:
    return texts.render(f"intelligence.brief_{name}", fields, language)


def brief(
    told: Sequence[Told],
    *,
    title: str,
    horizon: str,
    asked: str,
    organization: str,
    language: Literal["ja", "en"],
    fictional: bool,
    now: datetime,
    issued: bool = False,
) -> Document:
    """One page: ``short`` tells of notices at once, ``long`` of what to keep in mind, for the management review.

    ``asked``: what the executives are to decide, in a person's words. The label of the page is the strictest of its notices.
    ``issued``: it is given now; until then it is a draft.
    """
    if issued:
        told = [replace(one, times=replace(one.times, reported=one.times.reported or now)) for one in told]
    label = shown_label(strictest(one.tlp for one in told))
    blocks: list[Block] = [Callout((_word(language, "label", label=label),), kind="note", title=label)]
    if horizon == "short" and len(told) == 1:
        blocks += _single(told[0], language, now)
    else:
        blocks += _several(told, language, now)
    if asked:
        blocks += [Heading(_word(language, "asked"), 1, numbered=False), *_paragraphs(asked)]
    return Document(
        title=title,
        subtitle=_word(language, f"subtitle_{horizon}"),
        organization=organization,
        as_of=now,
        status=Status.ISSUED if issued else Status.DRAFT,
        issued_at=now if issued else None,
        language=language,
        fictional=fictional,
        cover=False,
        blocks=tuple(blocks),
    )


def _paragraphs(text: str) -> list[Block]:
    return [Paragraph((line.strip(),)) for line in text.splitlines() if line.strip()]


def _single(one: Told, language: str, now: datetime) -> list[Block]:
    what = one.summary[:_LONGEST_SUMMARY]
    why: list[tuple[Run, ...]] = [(one.verdict_reason,)] if one.verdict_reason else []
    why += [(reason,) for reason in one.reasons[:5]]
    blocks: list[Block] = [Heading(_word(language, "what"), 1, numbered=False), *_paragraphs(what)]
    blocks += [Heading(_word(language, "why"), 1, numbered=False)]
    if why:
        blocks.append(BulletList(tuple(why)))
    blocks += [
        Heading(_word(language, "done"), 1, numbered=False),
        KeyValues(tuple(KeyValue(_word(language, f"fact_{name}"), (value,)) for name, value in _facts(one, language))),
        _times([one], language, now),
    ]
    return blocks


def _facts(one: Told, language: str) -> list[tuple[str, str]]:
    seen = _word(language, "seen_some", count=one.seen, hosts=one.seen_hosts) if one.seen else _word(language, "seen_none")
    return [
        ("number", f"{one.number}　{one.source}".strip()),
        ("blocked", _word(language, "blocked", blocked=one.blocked, listed=one.listed, indicators=one.indicators)),
        ("searched", one.searched or _word(language, "not_searched")),
        ("seen", seen if one.times.searched else _word(language, "not_searched")),
    ]


def _several(told: Sequence[Told], language: str, now: datetime) -> list[Block]:
    columns = tuple(
        Column(_word(language, f"column_{name}"), width=width) for name, width in (("notice", 3), ("why", 3), ("done", 2))
    )
    rows = tuple(
        (
            Cell(f"{one.number} {one.title} [{shown_label(one.tlp)}]"),
            Cell(one.verdict_reason or one.summary[:200]),
            Cell(_word(language, "blocked", blocked=one.blocked, listed=one.listed, indicators=one.indicators)),
        )
        for one in told
    )
    return [
        Paragraph((Strong(_word(language, "count", count=len(told))),)),
        Table(columns, rows, caption=_word(language, "table"), empty=_word(language, "none")),
        _times(told, language, now),
    ]


def _times(told: Sequence[Told], language: str, now: datetime) -> Table:
    names = ("notice", "received", *STEPS)
    columns = tuple(Column(_word(language, f"column_{name}"), width=2 if name == "notice" else 1) for name in names)
    rows = tuple(
        (
            Cell(one.number),
            Cell(one.times.received.astimezone(now.tzinfo).strftime("%Y-%m-%d %H:%M")),
            *(_took(one, step, language) for step in STEPS),
        )
        for one in told
    )
    return Table(columns, rows, caption=_word(language, "times"))


def _took(one: Told, step: str, language: str) -> Cell:
    hours = one.times.took(step)
    if hours is None:
        return Cell("―")
    return Cell(
        _word(language, "minutes", minutes=round(hours * 60)) if hours < 1 else _word(language, "hours", hours=f"{hours:.1f}")
    )
