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

    from sekisho.engines.draftreview.model import Match, Passage
    from sekisho.engines.draftreview.segments import Corpus, Unit
    from sekisho.standards.review_rules import BrandRule, ReviewRules

__all__ = ["restrictions"]

_EXISTING: Final = re.compile("既存|現行|現に|導入済|稼働中|連携先|保有する")
_LISTED: Final = "BR-LIST"
_COLUMN: Final = "BR-COLUMN"
_NAMED: Final = frozenset({"BR-USE", "BR-AS", "BR-MODEL"})
_AS: Final = "BR-AS"
_CERTIFICATE: Final = "QU-CERT"
_ONE: Final = frozenset({_CERTIFICATE, _COLUMN})  # one item for a passage, however many names stand in it
_PROPER: Final = re.compile("[A-Z][a-z]{2,}")
_EMPTY_CELL: Final = re.compile(r"[\s\-ー―—*※]*$|(?:同等|任意|不問|問わ|指定(?:なし|しない)|なし|別紙|上記|提案)")
_VERSION: Final = re.compile(r"\s*(?:[vV]er(?:sion)?\.?|v|Release|R)?\s*[0-9]+(?:[.][0-9]+)*$")
_NEEDS: Final = re.compile("使用|利用|採用|導入|用い|構築|納入|調達|搭載|稼働|適用|作成|編集")


class _Names:
    """Which names are generic, and which products are looked for by name."""

    def __init__(self, rules: ReviewRules, products: Sequence[str]) -> None:
        self.generic = {normalise(name).low for name in rules.generic_names}
        own = [normalise(name).text for name in products if normalise(name).text.strip()]
        self.products = sorted({*own, *(normalise(n).text for n in rules.product_examples)}, key=lambda n: (-len(n), n))
        self.own = {name.lower() for name in own}

    def is_proper(self, name: str) -> bool:
        """Whether a name has a capitalised word of its own (PowerEdge), rather than signs and figures only (A4, 10GBASE-T)."""
        return any(_PROPER.search(word) and not self.is_generic(word) for word in re.split(r"[ /]+", name))

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
    """Every passage that may restrict competition, in the order of the draft. ``products``: an office's own list of names.

    A brand for which another passage allows equivalents in general is told with low severity, both passages side by side.
    """
    names = _Names(rules, products)
    general = _general(corpus, rules)
    items: list[tuple[int, Item]] = []
    for rule in rules.restrictions:
        for unit, start, end, name in _places(rule, corpus, rules, names):
            if not _harmless(rule, rules, corpus, unit, start):
                items.append((unit.index, _item(rule, unit, (start, end), name, general)))
    return _once(items)


def _places(rule: BrandRule, corpus: Corpus, rules: ReviewRules, names: _Names) -> Iterator[tuple[Unit, int, int, str]]:
    """Where a rule finds something: unit, start, end, name."""
    if rule.id == _COLUMN:
        yield from _columns(corpus, rules, names)
        return
    pattern = re.compile(rule.pattern)
    for unit in corpus.units:
        for start, end, name in _found(rule, pattern, unit, names):
            yield unit, start, end, name


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
        if rule.id in _NAMED and name in found.group():
            if names.is_generic(name) or (rule.id == _AS and not names.is_proper(name)):
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


def _columns(corpus: Corpus, rules: ReviewRules, names: _Names) -> Iterator[tuple[Unit, int, int, str]]:
    """Cells under a column of makers, models or product names (the rules' ``columns``) that hold a name: unit, place, name."""
    table, heads = None, list[str]()
    for unit in corpus.units:
        if unit.block.kind != "row":
            continue
        cells = unit.normal.text.split("|")
        if unit.block.table != table:
            table, heads = unit.block.table, [cell.strip() for cell in cells]
            continue
        start = 0
        for number, cell in enumerate(cells):
            head = heads[number] if len(cells) == len(heads) else ""
            name = cell.strip()
            if name and re.match(rules.columns, head) and not _EMPTY_CELL.match(name) and _is_name(name, head, rules, names):
                at = start + cell.index(name)
                yield unit, at, at + len(name), name
            start += len(cell) + 1


def _is_name(name: str, head: str, rules: ReviewRules, names: _Names) -> bool:
    """Whether a cell names one maker or product: any text under a maker or model, elsewhere a proper name or a listed product."""
    if re.match(rules.columns_of_names, head):
        return bool(re.search("[^0-9.,個台式本]", name))
    return names.is_proper(name) or any(product.lower() in name.lower() for product in names.products)


def _near(rules: ReviewRules, corpus: Corpus, unit: Unit) -> str:
    """What stands around a name: its passage and the beginning of the next; for a cell its row, the rows that speak for the whole
    table (its head, notes over all columns) and what stands before and after the table. Words that deny equivalents (同等品不可)
    are left out, so that they allow nothing.
    """
    first = last = unit.index
    if unit.block.kind == "row":
        while first and corpus.units[first - 1].block.table == unit.block.table:
            first -= 1
        while last + 1 < len(corpus.units) and corpus.units[last + 1].block.table == unit.block.table:
            last += 1
    columns = unit.normal.text.count("|")
    rows = [corpus.units[at].normal.text for at in range(first, last + 1)]
    near = [row for at, row in enumerate(rows) if first + at == unit.index or at == 0 or row.count("|") != columns]
    if unit.block.kind == "row" and first and corpus.units[first - 1].block.kind != "row":
        near.append(corpus.units[first - 1].normal.text)
    following = corpus.units[last + 1] if last + 1 < len(corpus.units) else None
    if following is not None and following.section == unit.section:
        near.append(following.normal.text[:80])
    return re.sub(rules.equivalent_denied, "\n", "\n".join(near))


def _harmless(rule: BrandRule, rules: ReviewRules, corpus: Corpus, unit: Unit, start: int) -> bool:
    sentence = unit.sentence_at(start)
    own = unit.normal.text[sentence.start : sentence.end]
    if sentence.void or sentence.force == "weak" or (rule.unless and re.search(rule.unless, own)):
        return True
    if rule.requires and not re.search(rule.requires, own):
        return True
    if rule.group == "time":
        return False
    if rule.group == "brand":
        return bool(re.search(rules.equivalent, _near(rules, corpus, unit)))
    return bool(re.search("(?:同等|これに(?:準|代わ)|準ずる|代わる|に相当|と同様)", own)) or bool(
        re.match("[^。]{0,40}(?:同等|準ずる|代わる)", unit.normal.text[sentence.end :])
    )


def _general(corpus: Corpus, rules: ReviewRules) -> Passage | None:
    """The passage that allows equivalents for every name in the draft, if there is one."""
    for unit in corpus.units:
        found = re.search(
            rules.equivalent_in_general, re.sub(rules.equivalent_denied, lambda m: "\n" * len(m.group()), unit.normal.text)
        )
        if found:
            return unit.passage((unit.match("equivalent", found.start(), found.end()),))
    return None


def _item(rule: BrandRule, unit: Unit, span: tuple[int, int], name: str, general: Passage | None) -> Item:
    start, end = span
    sentence = unit.sentence_at(start)
    own = unit.normal.text[sentence.start : sentence.end]
    existing = rule.group == "brand" and bool(_EXISTING.search(own))
    fields: dict[str, Any] = {"rule_ja": rule.title.ja, "rule_en": rule.title.en, "name": name.strip()[:100]}
    facts: tuple[str, ...]
    if rule.group == "brand":
        code = "review.brand_general" if general else "review.brand_existing" if existing else "review.brand"
        suggestion, facts = "review.suggest_equivalent", (rule.fact, "procurement_rules:PR02", "procurement_rules:PR03")
    elif rule.group == "time":
        code, suggestion, facts = "review.short_time", "review.suggest_time", (rule.fact,)
    else:
        code, suggestion, facts = "review.qualification", "review.suggest_qualification", (rule.fact,)
    mild = existing or (rule.group == "brand" and general) or (rule.id == _CERTIFICATE and "又は" in own)
    passages = [unit.passage((unit.match(rule.id, start, end),))]
    if rule.group == "brand" and general:
        passages.append(general)
    return Item(
        kind="restriction", rule=rule.id, code=code, fields=fields, severity=Severity.LOW if mild else Severity(rule.severity),
        passages=tuple(passages), basis=tuple(basis(f) for f in facts), suggestion=suggestion,
        fingerprint=fingerprint("restriction", rule.group, name.strip().lower(), own),
    )  # fmt: skip


def _once(items: list[tuple[int, Item]]) -> list[Item]:
    """Each place once: where two rules of a group found the same or neighbouring words, the first stays, and the certificates or
    cells of one passage are one item; in the draft's order.
    """
    kept: list[tuple[int, int, Item]] = []
    for unit, item in items:
        match = item.passages[0].matches[0]
        group = item.code.split("_")[0]

        def is_told(other: Item, of: str = group, by: str = item.rule, at: Match = match) -> bool:
            place = other.passages[0].matches[0]
            overlaps = place.start <= at.end + 1 and at.start <= place.end + 1
            return other.code.split("_")[0] == of and (overlaps or (by == other.rule and by in _ONE))

        if not any(u == unit and is_told(o) for u, _, o in kept):
            kept.append((unit, match.start, item))
    return [item for _, _, item in sorted(kept, key=lambda k: (k[0], k[1]))]
