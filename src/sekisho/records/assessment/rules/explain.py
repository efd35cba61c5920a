"""A level's explanation in words: which figure, against which threshold, from which evidence, how old; and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sekisho.records.assessment.rules.evaluate import LEVEL_NUMBER
from sekisho.standards import catalog as standards
from sekisho.standards.level_rules import LEVELS, duration
from sekisho.standards.texts import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sekisho.standards.level_rules import Condition

__all__ = ["Line", "level_name", "lines", "missing", "sentence", "wanted"]

_NAMES: Final = {number: name for name, number in LEVEL_NUMBER.items()}
_OPERATORS: Final = {">=": "ge", "<=": "le", "==": "eq", "!=": "ne", ">": "gt", "<": "lt"}
_UNITS: Final = frozenset({"count", "percent", "days", "hours", "minutes", "seconds", "ms", "bytes", "jpy"})
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One condition in words. ``depth`` is its nesting; ``evidence`` the ids behind it."""

    text: str
    verdict: str
    depth: int = 0
    evidence: Sequence[str] = field(default_factory=list)
    is_group: bool = False


def level_name(level: int | None, lang: str) -> str:
    """梅・竹・松・未実施・未測定."""
    return render(f"levels.level_{'unmeasured' if level is None else _NAMES[level]}", {}, lang)


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")


def _value(key: str, value: float | None, lang: str, *, share: bool = False) -> str:
    if value is None:
        return "―"
    defined = standards.measures().get(key)
    unit = "ratio" if share else defined.unit if defined else ""
    if unit == "boolean":
        return render("levels.said_yes" if value else "levels.said_no", {}, lang)
    if unit == "ratio":
        shown = f"{value * 100:.1f}".removesuffix(".0")
        return render("levels.unit_percent", {"n": shown}, lang)
    return render(f"levels.unit_{unit}" if unit in _UNITS else "levels.unit_plain", {"n": _number(value)}, lang)


def _length(length: timedelta, lang: str) -> str:
    if length >= 2 * _DAY or length == _DAY:
        return render(
            "levels.unit_days" if length != _DAY else "levels.unit_hours", {"n": length // _DAY if length != _DAY else 24}, lang
        )
    if length >= _HOUR:
        return render("levels.unit_hours", {"n": length // _HOUR}, lang)
    return render("levels.unit_minutes", {"n": max(1, length // _MINUTE)}, lang)


def _within(text: str, lang: str) -> str:
    return render("levels.within", {"length": _length(duration(text), lang)}, lang)


def _age(since: str | None, now: datetime, lang: str) -> str:
    if not since:
        return "―"
    passed = now - datetime.fromisoformat(since)
    return (
        render("levels.age", {"length": _length(passed, lang)}, lang) if passed >= _MINUTE else render("levels.age_now", {}, lang)
    )


def _title(key: str, lang: str) -> str:
    defined = standards.measures().get(key)
    return defined.title.get(lang) if defined else key


def _threshold(item: Mapping[str, Any], lang: str) -> tuple[str, str]:
    """The name of what is compared, and the threshold in words."""
    title = _title(item["key"], lang)
    each = render(f"levels.op_{_OPERATORS[item['op']]}", {"x": _value(item["key"], item["threshold"], lang)}, lang)
    defined = standards.measures().get(item["key"])
    if defined is not None and defined.unit == "boolean":
        each = _value(item["key"], item["threshold"], lang)
    if item["aggregate"] != "share":
        return title, each
    share = render("levels.op_ge", {"x": _value(item["key"], item["share_of_parts"], lang, share=True)}, lang)
    return render("levels.share_title", {"title": title, "each": each}, lang), share


def _measure(item: Mapping[str, Any], now: datetime, lang: str) -> str:
    title, threshold = _threshold(item, lang)
    why = item["why"]
    if why in {"missing", "stale"} and 0 < item.get("measured", 0) < item["parts"]:
        why = "partial"
    fields = {
        "title": title,
        "threshold": threshold,
        "actual": _value(item["key"], item.get("actual"), lang, share=item["aggregate"] == "share"),
        "age": _age(item.get("observed_at"), now, lang),
        "fresh": _within(item["fresh"], lang),
        "of_parts": render("levels.of_parts", {"parts": item["parts"], "measured": item.get("measured", 0)}, lang),
        "reason": render("levels.not_applicable_reason", {}, lang),
    }
    return render(f"levels.measure_{why}", fields, lang)


def _leaf(item: Mapping[str, Any], now: datetime, lang: str) -> str:
    """One condition in words, as it came out."""
    if item["type"] == "measure":
        return _measure(item, now, lang)
    side = "en" if lang.startswith("en") else "ja"
    fields: dict[str, Any] = {"age": _age(item.get("observed_at"), now, lang), "limit": ""}
    if item["type"] == "document":
        if item["fresh"]:
            fields["limit"] = render("levels.document_limit", {"fresh": _within(item["fresh"], lang)}, lang)
        fields |= {"title": item["title"][side], "name": item.get("name", "")}
    else:
        fields["question"] = item["question"][side]
    return render(f"levels.{item['type']}_{item['why']}", fields, lang)


def _deciding(item: Mapping[str, Any], verdict: str) -> list[Mapping[str, Any]]:
    """The leaves that made the tree come out as ``verdict``."""
    if item["verdict"] != verdict:
        return []
    if item["type"] not in {"all", "any"}:
        return [item]
    found = [_deciding(inner, verdict) for inner in item["items"]]
    if (item["type"] == "any") == (verdict == "true"):  # one of them suffices: the first
        return next((leaves for leaves in found if leaves), [])
    return [leaf for leaves in found for leaf in leaves]


def sentence(explanation: Mapping[str, Any], *, now: datetime, lang: str) -> str:
    """Why this level is proposed, in one sentence."""
    if "levels" not in explanation:
        return render("levels.no_rule", {}, lang)
    level = explanation["level"]
    if level is None:
        return render("levels.undecided", {}, lang)
    name = LEVELS[max(level - 1, 0)]
    found = _deciding(explanation["levels"][name]["tree"], "true" if level else "false")
    said = [_said(item, now, lang) for item in found]
    when = [_when(item, now, lang) for item in found if item["type"] == "measure" and item["why"] == "met"]
    because = render("levels.join", {}, lang).join(dict.fromkeys([*said, *when]))
    return render(
        "levels.proposed" if level else "levels.proposed_none", {"because": because, "level": level_name(level, lang)}, lang
    )


def _said(item: Mapping[str, Any], now: datetime, lang: str) -> str:
    """A deciding condition within the sentence; when it was measured is said once, at the end."""
    if item["type"] == "measure" and item["why"] == "met":
        return _measure({**item, "why": "said"}, now, lang)
    return _leaf(item, now, lang)


def _when(item: Mapping[str, Any], now: datetime, lang: str) -> str:
    fields = {"age": _age(item.get("observed_at"), now, lang), "fresh": _within(item["fresh"], lang)}
    return render("levels.measured_when", fields, lang)


def _missing_text(item: Mapping[str, Any], now: datetime, lang: str) -> str:
    if item["type"] != "any":
        return _leaf(item, now, lang)
    both, either = render("levels.and_join", {}, lang), render("levels.either_join", {}, lang)
    choices = [both.join(_missing_text(inner, now, lang) for inner in choice) for choice in item["choices"]]
    return render("levels.either", {"choices": either.join(choices)}, lang)


def missing(explanation: Mapping[str, Any], *, now: datetime, lang: str) -> list[str]:
    """What stands between now and the next level, one line each."""
    return [_missing_text(item, now, lang) for item in explanation.get("missing", ())]


def lines(tree: Mapping[str, Any], *, now: datetime, lang: str, depth: int = 0) -> list[Line]:
    """A level's whole tree of conditions as it came out, for the detailed table."""
    if tree["type"] not in {"all", "any"}:
        return [Line(_leaf(tree, now, lang), tree["verdict"], depth, tree.get("evidence", []))]
    head = Line(render(f"levels.{tree['type']}_of", {}, lang), tree["verdict"], depth, is_group=True)
    return [head, *(line for inner in tree["items"] for line in lines(inner, now=now, lang=lang, depth=depth + 1))]


def wanted(condition: Condition, lang: str, depth: int = 0) -> list[Line]:
    """What a level asks for, before anything is measured (the rule itself in words)."""
    if condition.measure is not None:
        leaf = condition.measure
        title, threshold = _threshold(
            {
                "key": leaf.key,
                "op": leaf.op,
                "threshold": leaf.value,
                "aggregate": leaf.aggregate,
                "share_of_parts": leaf.share_of_parts,
            },
            lang,
        )
        return [
            Line(
                render(
                    "levels.condition_measure", {"title": title, "threshold": threshold, "fresh": _within(leaf.fresh, lang)}, lang
                ),
                "",
                depth,
            )
        ]
    if condition.document is not None:
        paper = condition.document
        limit = render("levels.condition_document_limit", {"fresh": _within(paper.fresh, lang)}, lang) if paper.fresh else ""
        return [Line(render("levels.condition_document", {"title": paper.title.get(lang), "limit": limit}, lang), "", depth)]
    if condition.attestation is not None:
        return [
            Line(render("levels.condition_attestation", {"question": condition.attestation.question.get(lang)}, lang), "", depth)
        ]
    group, inner = ("all", condition.all) if condition.all is not None else ("any", condition.any or ())
    head = Line(render(f"levels.{group}_of", {}, lang), "", depth, is_group=True)
    return [head, *(line for one in inner for line in wanted(one, lang, depth + 1))]
