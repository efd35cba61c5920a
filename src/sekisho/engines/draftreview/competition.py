"""What may restrict competition: brands without 「同等品可」, qualifications without another proof, very short times.

Rules are data (``review.yaml``); a name that the rules call generic (standards, kinds of things, schemes) is no brand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.draftreview.coverage import basis
from sekisho.engines.draftreview.model import Item
from sekisho.engines.draftreview.normalise import normalise
from sekisho.engines.draftreview.search import is_alone
from sekisho.engines.observation import Severity, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sekisho.engines.draftreview.segments import Corpus, Unit
    from sekisho.standards.review_rules import BrandRule, ReviewRules

__all__ = ["restrictions"]

_EXISTING: Final = re.compile("既存|現行|現に|導入済|稼働中|連携先|保有する")
_LISTED: Final = "BR-LIST"
_USED: Final = "BR-USE"
_MODEL: Final = "BR-MODEL"
_VERSION: Final = re.compile(r"\s*(?:[vV]er(?:sion)?\.?|v|Release|R)?\s*[0-9]+(?:[.][0-9]+)*$")
_NEEDS: Final = re.compile("使用|利用|採用|導入|用い|構築|納入|調達|搭載|稼働|動作|適用")


class _Names:
    """Which names are generic, and which products are looked for by name."""

    def __init__(self, rules: ReviewRules, products: Sequence[str]) -> None:
        self.generic = {normalise(name).low for name in rules.generic_names}
        own = [normalise(name).text for name in products if normalise(name).text.strip()]
        self.products = sorted({*own, *(normalise(n).text for n in rules.product_examples)}, key=lambda n: (-len(n), n))
        self.own = {name.lower() for name in own}

    def is_generic(self, name: str) -> bool:
        """Whether all words of a name are generic, or it is a short acronym, a number of a standard, or a bare version."""
        words = [w for w in re.split(r"[ /・]+", _VERSION.sub("", name).strip()) if w]
        return all(
            w.lower() in self.generic
            or w.lower().rstrip("0123456789.-") in self.generic
            or re.fullmatch(r"[0-9.:-]+|[A-Z]{1,5}", w)
            for w in words
        )


def restrictions(corpus: Corpus, rules: ReviewRules, products: Sequence[str] = ()) -> list[Item]:
    """Every passage that may restrict competition, in the order of the draft. ``products``: an office's own list of names."""
    names = _Names(rules, products)
    items: list[tuple[int, Item]] = []
    for rule in rules.restrictions:
        pattern = re.compile(rule.pattern)
        for unit in corpus.units:
            for start, end, name in _found(rule, pattern, unit, names):
                if not _harmless(rule, rules, corpus, unit, start):
                    items.append((unit.index, _item(rule, unit, (start, end), name)))
    return _once(items)


def _found(rule: BrandRule, pattern: re.Pattern[str], unit: Unit, names: _Names) -> Iterator[tuple[int, int, str]]:
    """(start, end, name) of what a rule finds in a unit."""
    text = unit.normal.text
    if rule.id == _LISTED:
        yield from _listed(pattern, unit, names)
        return
    for found in pattern.finditer(text):
        inner = next((g for g in found.groups() if g), found.group())
        if rule.at_most is not None and inner.isdecimal() and float(inner) > rule.at_most:
            continue
        name = inner if rule.group == "brand" else found.group()
        start, end = found.span()
        if rule.id in {_USED, _MODEL} and name in found.group():
            if names.is_generic(name):
                continue
            start = found.start() + found.group().index(name)
            end = start + len(name)
        yield start, end, name


def _listed(pattern: re.Pattern[str], unit: Unit, names: _Names) -> Iterator[tuple[int, int, str]]:
    low = unit.normal.low
    taken: list[tuple[int, int]] = []
    for name in names.products:
        plain = name.lower()
        at = low.find(plain)
        while at >= 0:
            end = at + len(plain)
            sentence = unit.sentence_at(at)
            rest = low[end : sentence.end]
            asked = pattern.search(rest) and (_NEEDS.search(rest) or plain in names.own)
            if asked and is_alone(low, at, end) and not any(s < end and at < e for s, e in taken):
                taken.append((at, end))
                yield at, end, unit.normal.text[at:end]
            at = low.find(plain, end)


def _harmless(rule: BrandRule, rules: ReviewRules, corpus: Corpus, unit: Unit, start: int) -> bool:
    sentence = unit.sentence_at(start)
    own = unit.normal.text[sentence.start : sentence.end]
    if sentence.void or sentence.force == "weak" or (rule.unless and re.search(rule.unless, own)):
        return True
    if rule.requires and not re.search(rule.requires, own):
        return True
    if rule.group == "time":
        return False
    near = unit.normal.text
    following = corpus.units[unit.index + 1] if unit.index + 1 < len(corpus.units) else None
    if following is not None and following.section == unit.section:
        near += "\n" + following.normal.text[:80]
    if rule.group == "brand":
        return bool(re.search(rules.equivalent, near))
    return bool(re.search("(?:同等|これに(?:準|代わ)|準ずる|代わる|に相当|と同様)", own)) or bool(
        re.match("[^。]{0,40}(?:同等|準ずる|代わる)", unit.normal.text[sentence.end :])
    )


def _item(rule: BrandRule, unit: Unit, span: tuple[int, int], name: str) -> Item:
    start, end = span
    sentence = unit.sentence_at(start)
    own = unit.normal.text[sentence.start : sentence.end]
    existing = rule.group == "brand" and bool(_EXISTING.search(own))
    fields: dict[str, Any] = {"rule_ja": rule.title.ja, "rule_en": rule.title.en, "name": name.strip()[:100]}
    facts: tuple[str, ...]
    if rule.group == "brand":
        code = "review.brand_existing" if existing else "review.brand"
        suggestion, facts = "review.suggest_equivalent", (rule.fact, "procurement_rules:PR02", "procurement_rules:PR03")
    elif rule.group == "time":
        code, suggestion, facts = "review.short_time", "review.suggest_time", (rule.fact,)
    else:
        code, suggestion, facts = "review.qualification", "review.suggest_qualification", (rule.fact,)
    severity = Severity.LOW if existing or (rule.id == "QU-CERT" and "又は" in own) else Severity(rule.severity)
    return Item(
        kind="restriction", rule=rule.id, code=code, fields=fields, severity=severity,
        passages=(unit.passage((unit.match(rule.id, start, end),)),), basis=tuple(basis(f) for f in facts), suggestion=suggestion,
        fingerprint=fingerprint("restriction", rule.group, name.strip().lower(), own),
    )  # fmt: skip


def _once(items: list[tuple[int, Item]]) -> list[Item]:
    """Each place once: where two rules of a group found overlapping words, the first rule's item stays; in the draft's order."""
    kept: list[tuple[int, int, Item]] = []
    for unit, item in items:
        match = item.passages[0].matches[0]
        group = item.code.replace("_existing", "")
        if not any(
            u == unit
            and o.code.replace("_existing", "") == group
            and s < match.end
            and match.start < o.passages[0].matches[0].end
            for u, s, o in kept
        ):
            kept.append((unit, match.start, item))
    return [item for _, _, item in sorted(kept, key=lambda k: (k[0], k[1]))]
