"""A changed key and its value in plain words: for the history, for the page of two who changed the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.derivation import checked_value, in_words, strength_name
from sekisho.errors import InputError
from sekisho.standards import texts
from sekisho.standards.rule_sets import PLACEHOLDER

if TYPE_CHECKING:
    from sekisho.standards.rule_sets import RuleSet

__all__ = ["key_in_words", "places_filled", "value_in_words", "word"]

_BUSINESS: Final = "procurement_business"
_DIAGRAM: Final = ("moved", "added_nodes", "added_flows", "renamed", "hidden", "encrypted")
_LISTS: Final = {"decisions": "requirements", "clauses": "clauses"}


def places_filled(text: str, values: Mapping[str, str], rules: RuleSet, language: str) -> str:
    """A clause's text with its places filled; one without a value shows its title in brackets, in the reader's language."""

    def shown(place: str) -> str:
        described = rules.find("placeholders", place)
        return f"〔{described.title.get(language) if described else place}〕"

    return PLACEHOLDER.sub(lambda found: values.get(found[1]) or shown(found[1]), text)


def word(field: str, value: str, language: str) -> str:
    """A word of the business (``engines.systemdiagram.WORDS``) as its reader knows it; an unknown one as it is."""
    code = f"{_BUSINESS}.{field}_{value or 'none_chosen'}"
    return texts.render(code, {}, language) if texts.known(code) else value


def _say(name: str, language: str, /, **fields: Any) -> str:
    return texts.render(f"procurement_cases.{name}", fields, language)


def key_in_words(key: str, rules: RuleSet, language: str, *values: Any) -> str:
    """What a key names: 「設問「…」」. ``values``: the item before and after, which name tasks and information."""
    if key == "*":
        return _say("key_all", language)
    field, _, name = key.partition(".")
    if not name:
        return _say(f"key_{field}", language)
    if field == "answers":
        question = rules.find("questions", name)
        shown = question.title.get(language) if question else name
    elif field in _LISTS:
        item = rules.find(_LISTS[field], name) or rules.find("requirements", name)
        shown = f"{name} {item.title.get(language)}" if item else name
    else:
        shown = next((str(v["name"]) for v in reversed(values) if isinstance(v, Mapping) and v.get("name")), name)
    return _say(f"key_{field}", language, name=shown)


def value_in_words(  # noqa: C901 - one line for each kind of key
    key: str, value: Any, rules: RuleSet, language: str, names: Mapping[str, str] | None = None
) -> list[str]:
    """A value in words, one line each. ``names``: id of information → its name, for tasks."""
    if value is None or value in ("", [], {}):
        return [_say("nothing", language)]
    field, _, name = key.partition(".")
    match field:
        case "*":
            lines = [_say("version_number", language, number=value)]
        case "answers":
            lines = _answer(name, value, rules, language)
        case "tasks":
            lines = _task(value, language, names or {})
        case "information":
            lines = [_information(value, rules, language)]
        case "decisions":
            lines = [_reasoned(strength_name(str(value.get("level", "")), language), value, language)]
        case "clauses":
            lines = _clause(value, language)
        case "purposes":
            lines = [str(line) for line in value]
        case "diagram":
            lines = [_say(f"diagram_{part}", language, n=len(value[part])) for part in _DIAGRAM if value.get(part)]
        case "hosting" | "cloud_kind":
            lines = [word(field, str(value), language)]
        case _:
            lines = str(value).splitlines()
    return lines


def _answer(name: str, value: Any, rules: RuleSet, language: str) -> list[str]:
    question = rules.find("questions", name)
    if question is not None:
        try:
            return in_words(question, checked_value(question, value), language).splitlines()
        except InputError:  # it was admitted under another edition of the rules
            pass
    return [str(value)]


def _reasoned(shown: str, value: Mapping[str, Any], language: str) -> str:
    reason = value.get("reason", "")
    return _say("with_reason", language, value=shown, reason=reason) if reason else shown


def _clause(value: Mapping[str, Any], language: str) -> list[str]:
    lines = []
    if value.get("included") is not None:
        lines.append(_reasoned(_say("included" if value["included"] else "left_out", language), value, language))
    if value.get("text"):
        lines.append(_say("own_wording", language, text=value["text"]))
    return lines or [_say("nothing", language)]


def _information(value: Mapping[str, Any], rules: RuleSet, language: str) -> str:
    parts = [str(value.get("name", ""))]
    for field, source in (("confidentiality", "confidentiality"), ("personal", "personal")):
        given = value.get(field, "")
        option = next((o for q in rules.questions if q.from_tasks == source if (o := q.option(given))), None)
        if given:
            parts.append(option.title.get(language) if option else str(given))
    return ("、" if language == "ja" else ", ").join(parts)


def _words(value: Mapping[str, Any], fields: tuple[str, ...], names: Mapping[str, str], language: str) -> dict[str, str]:
    """The fields of a use or a partner in words, with the names of its information."""
    found = {field: word(field, str(value.get(field, "")), language) for field in fields}
    comma = "、" if language == "ja" else ", "
    return found | {"information": comma.join(names.get(i, i) for i in value.get("information", []))}


def _task(value: Mapping[str, Any], language: str, names: Mapping[str, str]) -> list[str]:
    lines = [str(value.get("name", "")), *([str(value["purpose"])] if value.get("purpose") else [])]
    for use in value.get("uses", []):
        fields = _words(use, ("actor", "place", "terminal", "network", "action"), names, language)
        fields["actor"] = str(use.get("actor_name") or fields["actor"])
        lines.append(texts.render(f"{_BUSINESS}.use_line", fields, language))
    for partner in value.get("partners", []):
        fields = _words(partner, ("network", "direction"), names, language)
        fields |= {"name": str(partner.get("name", "")), "method": str(partner.get("method", ""))}
        lines.append(texts.render(f"{_BUSINESS}.partner_line", fields, language))
    return lines
