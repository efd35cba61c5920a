"""Listed parameters of a draft: where they differ within the draft, from what is expected, or fall below a floor."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.draftreview.coverage import basis
from sekisho.engines.draftreview.draft import Notice
from sekisho.engines.draftreview.model import Basis, Item, ParameterValue
from sekisho.engines.draftreview.normalise import term
from sekisho.engines.draftreview.values import Value, find_values, read_value, same
from sekisho.engines.observation import Severity, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sekisho.engines.draftreview.search import Search
    from sekisho.engines.draftreview.segments import Sentence, Unit
    from sekisho.standards.review_rules import Parameter, ReviewRules

__all__ = ["below_guide", "contradictions", "differing", "extract", "floors"]

_NAMED: Final = frozenset({"version", "bits"})
_MAX_PAIRS: Final = 40
_FAR: Final = 3
_NAME: Final = re.compile("(?:期間|期限|時間|間隔|頻度|文字数|桁数)$")
_LOOK_BACK: Final = 40
_USE: Final = re.compile(
    "(?:使用|利用|採用|適用|対応|許可)(?:し、|することとし|するものとし)|を?用い(?:、|て、|ることとし)|とし、"
)
_CLAUSE_END: Final = re.compile("[、。,;]")


@dataclass(frozen=True, slots=True)
class Found:
    """One extracted value with its figure and the unit of the draft that it stands in."""

    parameter: Parameter
    value: Value
    unit: Unit
    shown: ParameterValue


def extract(search: Search, rules: ReviewRules) -> list[Found]:
    """Every value of a listed parameter, in the order of the parameters and of the draft."""
    made: list[Found] = []
    forbidden = re.compile(rules.prohibited)
    for parameter in rules.parameters:
        named = parameter.unit in _NAMED
        for unit, sentence in _sentences(search, parameter):
            made += [one for one in _values(parameter, unit, sentence) if not (named and _is_forbidden(one, sentence, forbidden))]
    return made


def _is_forbidden(one: Found, sentence: Sentence, forbidden: re.Pattern[str]) -> bool:
    """Whether a version or a key length is named in order to forbid it (TLS 1.1は使用しない)."""
    return bool(forbidden.search(_until_use(one.unit.normal.low[one.value.end : sentence.end])))


def _sentences(search: Search, parameter: Parameter) -> Iterator[tuple[Unit, Sentence]]:
    """The sentences that have a word of every topic group; the first group may stand in the heading instead."""
    units = sorted({index for word in parameter.topic[0] for index in search.hits(word)})
    excluded = {phrase: search.hits(phrase) for phrase in parameter.exclude}
    for unit in search.corpus.units:
        in_heading = bool(search.heading_has(unit, parameter.topic[0]))
        if unit.index not in units and not in_heading:
            continue
        for sentence in unit.sentences:
            masks = [h for hits in excluded.values() for h in hits.get(unit.index, ())]
            present = [
                any(
                    sentence.start <= hit.start < sentence.end and not any(hit.start < m.end and m.start < hit.end for m in masks)
                    for word in group
                    for hit in search.hits(word).get(unit.index, ())
                )
                for group in parameter.topic
            ]
            if (present[0] or in_heading) and all(present[1:]) and not sentence.void:
                yield unit, sentence


def _values(parameter: Parameter, unit: Unit, sentence: Sentence) -> Iterator[Found]:
    low = unit.normal.low
    values = find_values(low[sentence.start : sentence.end], parameter.unit)
    previous = sentence.start
    for index, value in enumerate(values):
        start, end = value.start + sentence.start, value.end + sentence.start
        following = values[index + 1].start + sentence.start if index + 1 < len(values) else sentence.end
        before = low[max(previous, start - parameter.reach) : start]
        after = low[end : min(following, end + max(parameter.reach, parameter.further + 1))]
        lower = previous
        previous = end
        far = low[max(lower, start - _FAR * parameter.reach) : start]
        if not (_belongs(parameter, before, after) or _is_named(parameter, far)):
            continue
        about = _about(parameter, low[lower:start], low[end:following])
        match = unit.match(parameter.id, start, end)
        shown = ParameterValue(
            parameter=parameter.id, title=parameter.title, shown=match.text, amount=value.amount, unit=value.unit,
            bound=value.bound, about=about, passage=unit.passage((match,)),
        )  # fmt: skip
        yield Found(parameter, value._replace(start=start, end=end), unit, shown)


def _belongs(parameter: Parameter, before: str, after: str) -> bool:
    """Whether a value stands next to the parameter's words: closest clause on the left, the same clause on the right."""
    if _strong(parameter, before):
        return True
    right = (
        _CLAUSE_END.split(after, maxsplit=1)[0][: parameter.reach]
        or after.lstrip("、,")[: parameter.further or parameter.reach // 2]
    )
    left, right_too = _has(parameter.before, before), _has(parameter.after, right)
    return (left and right_too) if parameter.both else (left or right_too)


def _is_named(parameter: Parameter, far: str) -> bool:
    """Whether the kind of value is named further ahead (保存期間は、全ての機器において、12か月)."""
    return any(_NAME.search(word) and term(word) in far for word in parameter.before)


def _strong(parameter: Parameter, before: str) -> bool:
    """The parameter's own name right before the value (保存期間は1年, RTO 4時間, 稼働率99.9%)."""
    rest = re.sub(r"(?:[\s:|(（「は、を]|として)+$", "", before)
    return any(
        (word.startswith("re:") and re.search(f"(?:{word[3:]})$", rest)) or (len(word) > 1 and rest.endswith(term(word)))
        for word in parameter.before
    )


def _has(words: Sequence[str], text: str) -> bool:
    return any(re.search(w[3:], text) if w.startswith("re:") else term(w) in text for w in words)


def _about(parameter: Parameter, before: str, after: str) -> tuple[str, ...]:
    """Qualifying words in the same part of the sentence; longer words first, so that 管理者 in 管理者ログ is told as such."""
    nearest = before.rsplit("。", 1)[-1]
    right = _CLAUSE_END.split(after, maxsplit=1)[0]
    return tuple(w for w in parameter.about if term(w) in nearest or term(w) in right)


def contradictions(found: Sequence[Found]) -> list[Item]:
    """Pairs of values of one parameter that differ. Values about different things (which log, which users) are not compared;
    a value about something special against a general one has lower severity, the lowest when it asks for more.
    """
    groups: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        if not any(one.unit is o.unit and same(one.value, o.value) for o in groups[one.parameter.id]):
            groups[one.parameter.id].append(one)
    items = []
    for parameter, values in groups.items():
        pairs = [(a, b) for a, b in combinations(values, 2) if _comparable(a, b) and not _agree(a, b)]
        for first, second in pairs[:_MAX_PAIRS]:
            equal = set(first.shown.about) == set(second.shown.about)
            milder = Severity.MEDIUM if _special_is_weaker(first, second) else Severity.LOW
            fields = {
                "parameter_ja": first.parameter.title.ja, "parameter_en": first.parameter.title.en,
                "first": first.shown.shown, "second": second.shown.shown,
            }  # fmt: skip
            items.append(
                Item(
                    kind="inconsistent", rule=parameter, code="review.inconsistent" if equal else "review.maybe_inconsistent",
                    fields=fields, severity=Severity.HIGH if equal else milder,
                    passages=(first.shown.passage, second.shown.passage), suggestion="review.suggest_one_value",
                    fingerprint=fingerprint("inconsistent", parameter, first.unit.normal.low, second.unit.normal.low),
                )
            )  # fmt: skip
    return items


def _agree(first: Found, second: Found) -> bool:
    """Whether two values can hold together: they say the same; one is a lower and the other a higher bound (8 to 16); or they are
    versions or key lengths that one sentence lists (TLS 1.2又はTLS 1.3), or of which one lies above the other's lower bound.
    """
    a, b = first.value, second.value
    if same(a, b):
        return True
    if a.unit != b.unit:
        return False
    if (
        first.parameter.unit in _NAMED
        and first.unit is second.unit
        and (first.unit.sentence_at(a.start) == second.unit.sentence_at(b.start))
    ):
        return True
    lower, other = (a, b) if a.bound == "at_least" else (b, a)
    if lower.bound != "at_least" or other.bound == "at_least":
        return False
    return (other.bound == "at_most" or first.parameter.unit in _NAMED) and lower.amount <= other.amount


def _comparable(first: Found, second: Found) -> bool:
    """Whether two values are about the same: different qualifying words keep apart, in one passage also against none."""
    a, b = set(first.shown.about), set(second.shown.about)
    return a == b or (first.unit is not second.unit and (not a or not b))


def _special_is_weaker(first: Found, second: Found) -> bool:
    """Whether a value for something special (監査ログは3か月) falls behind the general one (ログは1年)."""
    general, special = (second, first) if first.shown.about else (first, second)
    return not general.shown.about and not _meets(special.value, general.value, first.parameter.fits)


def differing(
    found: Sequence[Found], expected: Mapping[str, Any], rules: ReviewRules
) -> tuple[list[Item], list[Notice]]:  # fmt: skip
    """Values that do not meet what was expected, and notices on expectations that cannot be compared.

    ``expected``: parameter id or ``<clause>/<placeholder>`` → value with unit. What is no listed parameter is told as a notice.
    """
    items: list[Item] = []
    notices: list[Notice] = []
    for key, wanted in expected.items():
        parameter = rules.parameter_for(str(key))
        if parameter is None:
            notices.append(Notice(code="review.expected_not_listed", fields={"key": str(key)[:100]}))
            continue
        value = read_value(wanted, parameter.unit)
        if value is None:
            notices.append(Notice(code="review.expected_unreadable", fields={"key": str(key)[:100], "value": str(wanted)[:100]}))
            continue
        own = [f for f in found if f.parameter is parameter]
        if not own:
            fields = {"parameter_ja": parameter.title.ja, "parameter_en": parameter.title.en, "value": str(wanted)[:100]}
            notices.append(Notice(code="review.expected_not_found", fields=fields))
        items += [_differs(one, str(wanted)) for one in own if not _meets(one.value, value, parameter.fits)]
    return items, notices


def below_guide(found: Sequence[Found]) -> list[Item]:
    """Values that do not meet what a guideline gives as an example (the rules' ``guide``)."""
    items = []
    for one in found:
        guide = one.parameter.guide
        value = read_value(guide.value, one.parameter.unit) if guide else None
        if guide is None or value is None or _meets(one.value, value, one.parameter.fits):
            continue
        fields = {
            "parameter_ja": one.parameter.title.ja, "parameter_en": one.parameter.title.en, "found": one.shown.shown,
            "guide_ja": guide.title.ja, "guide_en": guide.title.en,
        }  # fmt: skip
        items.append(
            Item(
                kind="floor", rule=one.parameter.id, code="review.below_guide", fields=fields, severity=Severity.MEDIUM,
                passages=(one.shown.passage,), basis=(Basis(fact=guide.fact, title=guide.title, verified=guide.verified),),
                suggestion="review.suggest_guide", fingerprint=fingerprint("guide", one.parameter.id, one.unit.normal.low),
            )
        )  # fmt: skip
    return items


def _meets(value: Value, wanted: Value, fits: str) -> bool:
    if same(value, wanted):
        return True
    if value.unit != wanted.unit:
        return False
    if fits == "at_least":
        return value.amount > wanted.amount
    return fits == "at_most" and value.amount < wanted.amount


def _differs(one: Found, wanted: str) -> Item:
    fields = {
        "parameter_ja": one.parameter.title.ja, "parameter_en": one.parameter.title.en, "found": one.shown.shown,
        "expected": wanted[:100],
    }  # fmt: skip
    return Item(
        kind="expected", rule=one.parameter.id, code="review.not_as_expected", fields=fields, severity=Severity.HIGH,
        passages=(one.shown.passage,), suggestion="review.suggest_expected",
        fingerprint=fingerprint("expected", one.parameter.id, wanted, one.unit.normal.low),
    )  # fmt: skip


def _until_use(text: str) -> str:
    """The text up to where something is asked for: 「SHA-1を使用し、MD5は使用しない」 forbids only the second."""
    found = _USE.search(text)
    return text[: found.end()] if found else text


def floors(search: Search, rules: ReviewRules) -> list[Item]:
    """Algorithms and protocols that are too weak to be asked for. A sentence that forbids them is no problem; when one passage
    forbids what another asks for, both stand side by side.
    """
    items = []
    after, before = re.compile(rules.prohibited), re.compile(rules.prohibited_before)
    for rule in rules.floors:
        asked: list[tuple[Unit, int, int]] = []
        forbidden: list[tuple[Unit, int, int]] = []
        for found in re.compile(rule.pattern).finditer(search.corpus.low):
            hit = search.corpus.locate(found.start(), found.end())
            unit = search.corpus.units[hit.unit]
            sentence = unit.sentence_at(hit.start)
            rest = _until_use(unit.normal.low[hit.start : sentence.end])
            lead = unit.normal.low[max(sentence.start, hit.start - _LOOK_BACK) : hit.start]
            harmless = after.search(rest) or before.search(lead)
            (forbidden if harmless else asked).append((unit, hit.start, hit.end))
        for index in dict.fromkeys(u.index for u, _, _ in asked):
            own = [(u, s, e) for u, s, e in asked if u.index == index]
            passages = [own[0][0].passage(u.match(rule.id, s, e) for u, s, e in own)]
            if forbidden:
                other, start, end = forbidden[0]
                passages.append(other.passage((other.match(rule.id, start, end),)))
            items.append(
                Item(
                    kind="floor", rule=rule.id, code="review.weak_algorithm",
                    fields={"name_ja": rule.title.ja, "name_en": rule.title.en}, severity=Severity(rule.severity),
                    passages=tuple(passages), basis=(basis(rule.fact),), suggestion="review.suggest_algorithm",
                    fingerprint=fingerprint("floor", rule.id, own[0][0].normal.low),
                )
            )  # fmt: skip
    return items
