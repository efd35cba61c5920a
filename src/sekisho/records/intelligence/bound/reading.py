"""From bytes to materials: the engine's readers, and how their answers become what a person is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.detection.indicators import Indicator, Kind, judge
from sekisho.engines.threatintel.model import Reading
from sekisho.engines.threatintel.notice import Candidate, Likelihood, Notice, read_notice_text
from sekisho.engines.threatintel.reading import Form, read
from sekisho.errors import InputError
from sekisho.records.intelligence.bound.values import own
from sekisho.records.intelligence.rules.intake import MOST_FOUND, Found, Material, OwnNames, content_digest, find_cves
from sekisho.records.intelligence.rules.labels import strictest

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FORMS", "MOST_FOUND", "materials", "refusals", "structured"]

FORMS: Final = tuple(form.value for form in Form)
_MOST_ARTICLES: Final = 500
_LONGEST_TEXT: Final = 2_000_000


def materials(untrusted: bytes, *, name: str, own_names: OwnNames, source: str = "", form: str = "") -> list[Material]:
    """The notices in a file: one, or one for each article of a feed. Raises InputError of the engine."""
    answer = read(untrusted, filename=name, form=Form(form) if form else None, source=source, own=own(own_names))
    if isinstance(answer, Notice):
        return [_notice(answer, mail=bool(answer.sender or name.lower().endswith(".eml")))]
    if answer.form == "rss":
        return [_article(item, own_names) for item in answer.items[:_MOST_ARTICLES]]
    return [structured(answer, digest=content_digest(untrusted), name=name)]


def _notice(read: Notice, *, mail: bool) -> Material:
    _bounded(len(read.candidates))
    return Material(
        form="mail" if mail else "text",
        title=read.title,
        text=read.text[:_LONGEST_TEXT],
        digest=content_digest(f"{read.title}\n{read.text}" if mail else read.text),
        tlp=read.tlp.value if read.tlp else "",
        published=read.sent if read.sent and read.sent.tzinfo else None,
        cves=read.cves,
        products=read.products,
        found=_each_once(_candidate(one) for one in read.candidates),
        ignored={f"attachment {name}": 1 for name in read.attachments[:20]},
    )


def _candidate(one: Candidate) -> Found:
    return Found(
        kind=one.kind.value,
        value=one.value,
        original=one.original,
        start=one.start,
        end=one.end,
        around=one.excerpt,
        ambiguous=one.likelihood is not Likelihood.LIKELY,
        reasons=tuple(
            {"code": code, "fields": _plain(fields), "refuses": one.refused and code.startswith("indicators.")}
            for code, fields in one.reasons
        ),
        facts={"direction": one.direction.value},
    )


def _each_once(found: Iterable[Found]) -> tuple[Found, ...]:
    """The same indicator at several places is one; the place where it looks most like one is kept."""
    kept: dict[tuple[str, str], Found] = {}
    for one in found:
        other = kept.get((one.kind, one.value))
        if other is None or (other.ambiguous and not one.ambiguous):
            kept[one.kind, one.value] = one
    return tuple(kept.values())


def _article(item: Any, own_names: OwnNames) -> Material:
    read = read_notice_text(item.text, own=own(own_names), title=item.title)
    base = _notice(read, mail=False)
    return Material(
        form="rss",
        title=base.title,
        text=base.text,
        digest=content_digest(f"{item.reference}\n{item.title}\n{item.text}"),
        tlp=item.tlp.value if item.tlp else base.tlp,
        reference=item.reference[:500],
        published=item.published,
        cves=base.cves,
        products=base.products,
        found=base.found,
    )


def structured(reading: Reading, *, digest: str, name: str) -> Material:
    """What a structured file or a TAXII server gave, as one notice."""
    _bounded(len(reading.indicators) + len(reading.refused))
    warned = {one.key: reasons for one, reasons in reading.warned}
    found = [_indicator(one, [reason.as_dict() for reason in warned.get(one.key, ())]) for one in reading.indicators]
    for refused in reading.refused:
        reasons = tuple(reason.as_dict() for reason in refused.reasons)
        found.append(Found(kind="", value=refused.original[:2048], around=refused.place[:200], reasons=reasons))
    first = reading.items[0] if reading.items else None
    text = "\n\n".join(f"{item.title}\n{item.text}".strip() for item in reading.items)[:_LONGEST_TEXT]
    labels = [one.value for one in (reading.tlp, *(i.tlp for i in reading.indicators)) if one is not None]
    return Material(
        form=reading.form,
        title=reading.title or (first.title if first else "") or name,
        text=text,
        digest=digest,
        tlp=strictest(labels) if labels else "",
        reference=(first.reference if first else "")[:500],
        published=first.published if first else None,
        cves=tuple(dict.fromkeys((*reading.cves, *find_cves(text)))),
        found=tuple(found),
        ignored=dict(reading.ignored),
        problems=reading.problems,
    )


def _indicator(one: Indicator, reasons: list[dict[str, Any]]) -> Found:
    facts: dict[str, Any] = {
        "direction": one.direction.value,
        "title": one.title[:300],
        "labels": list(one.labels),
        "confidence": one.confidence,
        "block": one.block,
        "tlp": one.tlp.value if one.tlp else "",
        **{
            name: moment.isoformat()
            for name, moment in (("active_from", one.active_from), ("active_until", one.active_until), ("expires", one.expires))
            if moment is not None
        },
    }
    return Found(
        kind=one.kind.value,
        value=one.value,
        original=one.original,
        around=one.title[:200],
        ambiguous=bool(reasons),
        reasons=tuple(_plain(reason) for reason in reasons),
        facts=facts,
    )


def refusals(kind: str, value: str, own_names: OwnNames) -> list[dict[str, Any]]:
    """Reasons for and against an indicator with the organisation's own names as they are now, as plain values.

    Names and addresses that are reserved for documentation are no reason: drills use them, and no traffic has them.
    """
    found = [reason.as_dict() for reason in judge(Kind(kind), value, own=own(own_names))]
    return [_plain(one) for one in found if not str(one["fields"].get("what_en", "")).startswith("documentation")]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)


def _bounded(count: int) -> None:
    if count > MOST_FOUND:
        raise InputError("intelligence.too_many_found", count=count, limit=MOST_FOUND)
