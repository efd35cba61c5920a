"""Reasons in words: what made a condition true, for pages, documents and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sekisho.standards import texts
from sekisho.standards.rule_sets import STRENGTHS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sekisho.engines.derivation.truth import Because, Value
    from sekisho.standards.rule_sets import Decision, Question, RuleSet

__all__ = ["explain", "in_words", "strength_name"]


def strength_name(level: str, language: str) -> str:
    """低位・中位・高位."""
    return texts.render(f"derivation.strength_{level}", {}, language) if level in STRENGTHS else level


def in_words(question: Question, value: Value | None, language: str) -> str:
    """An answer as its reader knows it: the titles of options, はい or いいえ, a number with its unit."""
    if value is None:
        return texts.render("derivation.not_answered", {}, language)
    if question.kind == "yes_no":
        return texts.render(f"derivation.{value}", {}, language)
    if question.options:
        chosen = value if isinstance(value, tuple) else (str(value),)
        titles = [option.title.get(language) if (option := question.option(v)) else v for v in chosen]
        return ("、" if language == "ja" else ", ").join(titles) or texts.render("derivation.none_chosen", {}, language)
    if isinstance(value, float):
        unit = question.unit.get(language) if question.unit else ""
        return f"{value:,.10g}{'' if language == 'ja' else ' '}{unit}".strip()
    return str(value)


def explain(because: Because, rules: RuleSet, language: str, *, decisive: bool = True) -> list[str]:
    """The reasons, one sentence each. ``decisive``: only those that made it what it is (a true part of an "any" …)."""
    return list(dict.fromkeys(_lines(because, rules, language, decisive=decisive)))


def _lines(because: Because, rules: RuleSet, language: str, *, decisive: bool) -> Iterator[str]:
    if because.kind == "not":
        yield from _lines(because.parts[0], rules, language, decisive=decisive)
        return
    if because.kind in {"all", "any", "otherwise"}:
        telling = [part for part in because.parts if part.value is because.value]
        for part in telling if decisive and telling and because.kind != "otherwise" else because.parts:
            yield from _lines(part, rules, language, decisive=decisive)
        return
    if because.kind == "condition":
        condition = rules.find("conditions", because.name)
        inner = "、".join(_lines(because.parts[0], rules, language, decisive=decisive))
        yield _say("condition", because, language, title=condition.title.get(language), inner=inner)
        return
    yield _leaf(because, rules, language)


def _say(name: str, because: Because, language: str, **fields: Any) -> str:
    state = {True: "true", False: "false", None: "undecided"}[because.value]
    return texts.render(f"derivation.{name}_{state}", {"id": because.name, **fields}, language)


def _leaf(because: Because, rules: RuleSet, language: str) -> str:
    match because.kind:
        case "answer" | "not_asked":
            return _answer(because, rules.find("questions", because.name), language)
        case "decision":
            return _decision(because, rules.find("decisions", because.name), language)
        case "requirement":
            title = rules.find("requirements", because.name).title.get(language)
            return _say("requirement", because, language, title=title, wanted=strength_name(str(because.wanted), language))
    return _say(
        "any_requirement", because, language, ids=str(because.given or ""), wanted=strength_name(str(because.wanted), language)
    )


def _answer(because: Because, question: Question, language: str) -> str:
    title = question.title.get(language)
    if because.kind == "not_asked":
        return texts.render("derivation.not_asked", {"title": title}, language)
    if because.value is None:
        return texts.render("derivation.answer_missing", {"title": title}, language)
    given = in_words(question, because.given, language)
    if isinstance(because.wanted, float):
        fields = {"title": title, "given": given, "wanted": in_words(question, because.wanted, language)}
        return texts.render(f"derivation.number_{because.operator}_{'true' if because.value else 'false'}", fields, language)
    return texts.render("derivation.answer_given", {"title": title, "given": given}, language)


def _decision(because: Because, decision: Decision, language: str) -> str:
    title = decision.title.get(language)
    if because.given is None:
        return texts.render("derivation.decision_open", {"title": title}, language)
    choice = next((c for c in decision.choices if c.value == because.given), None)
    outcome = (choice.title if choice else decision.otherwise_title).get(language)
    return texts.render("derivation.decision_made", {"title": title, "outcome": outcome}, language)
