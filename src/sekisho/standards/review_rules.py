"""Rules for reviewing a draft specification or contract (``data/procurement/review.yaml``), read into typed values.

The lists of words are our own proposal and are shown as such; what each clause or rule rests on is a fact with its own mark.
Whoever holds a draft applies them (``engines/draftreview``); nothing here looks at a draft.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal

import msgspec

from sekisho.errors import InputError, Problem
from sekisho.standards.catalog import data_directory, facts, read_yaml
from sekisho.standards.model import Text, Verified

__all__ = [
    "FAMILIES",
    "BrandRule",
    "FactMark",
    "FloorRule",
    "Guide",
    "Parameter",
    "PlaceholderRule",
    "ReviewClause",
    "ReviewRules",
    "TermGroup",
    "VagueRule",
    "Weights",
    "build_rules",
    "check_rules",
    "fact_marks",
    "review_rules",
    "schema",
]

FAMILIES: dict[str, Text] = {
    "sbd": Text("SBDマニュアルの対策要件", "Requirements of the security by design manual"),
    "c2012": Text("2012年の条項（国の安全に関する重要な情報）", "Clauses of 2012 (information important to national security)"),
    "outsourcing": Text("統一基準による外部委託の条項", "Outsourcing clauses of the unified standard"),
    "reoutsourcing": Text("再委託の決まり", "Rules on re-entrustment"),
    "personal": Text("個人情報取扱特記事項", "Special clauses on personal information"),
    "cloud": Text("クラウドサービス", "Cloud services"),
    "ai": Text("生成AI", "Generative AI"),
}
Level = Literal["low", "mid", "high"]
Family = Literal["sbd", "c2012", "outsourcing", "reoutsourcing", "personal", "cloud", "ai"]
SeverityName = Literal["critical", "high", "medium", "low", "info"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the parts of the rules."""


class FactMark(msgspec.Struct, frozen=True):
    """What a rule rests on: the fact's title (some have only Japanese) and how it was checked."""

    title: Text
    verified: Verified


class TermGroup(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Synonyms of which one must stand in the draft. A word that begins with ``re:`` is a regular expression over the normalised
    lower-case text. ``anchor``: the topic's own word, without which the rest says nothing.
    """

    ja: str
    en: str
    any: tuple[str, ...]
    anchor: bool = False

    @property
    def name(self) -> Text:
        """The group's name in both languages."""
        return Text(self.ja, self.en)


class ReviewClause(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked for of one clause. ``groups`` hold for every level; ``levels`` add to them, each on top of the lower ones.

    ``headings``: words of a heading under which the clause is expected. ``exclude``: phrases within which a word does not count.
    """

    id: str
    family: Family
    fact: str
    groups: tuple[TermGroup, ...]
    title: Text | None = None
    headings: tuple[str, ...] = ()
    levels: dict[Level, tuple[TermGroup, ...]] = {}
    exclude: tuple[str, ...] = ()


class Guide(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that a guideline gives as an example: ``title`` says which, ``verified`` how that was checked."""

    value: str
    fact: str
    title: Text
    verified: Verified


class Parameter(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A listed parameter. A value belongs to it when its sentence (or heading) has a word of each of ``topic``, and one of
    ``before`` stands at most ``reach`` characters before it or one of ``after`` as close after it (``both``: and). ``further``:
    how far behind a comma right after the value (1年間、検索できる状態で保存) a word of ``after`` may stand (0: half).

    ``unit``: duration, period, count, length, bits, ratio or version. ``about``: words that keep different things apart.
    ``fits``: what the value must meet when one is expected: equal, at_least or at_most. ``placeholders``: ``<clause>/<name>``.
    ``guide``: a value that is told when the draft's does not meet it, whether or not one is expected.
    """

    id: str
    title: Text
    unit: Literal["duration", "period", "count", "length", "bits", "ratio", "version"]
    topic: tuple[tuple[str, ...], ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    both: bool = False
    reach: int = 12
    further: int = 0
    about: tuple[str, ...] = ()
    fits: Literal["equal", "at_least", "at_most"] = "equal"
    placeholders: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    guide: Guide | None = None


class FloorRule(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something too weak to be asked for, unless its sentence forbids it. ``pattern`` over the normalised lower-case text."""

    id: str
    title: Text
    pattern: str
    fact: str
    severity: SeverityName


class BrandRule(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that may restrict competition. ``pattern`` over the normalised text (case kept); ``unless``: what makes it
    harmless in the same sentence; the rules' ``equivalent`` makes brands harmless when it stands in the same unit or the next.
    ``requires``: what the sentence must have as well. ``at_most``: a figure in the pattern counts only up to this.
    """

    id: str
    group: Literal["brand", "qualification", "time"]
    title: Text
    pattern: str
    fact: str
    severity: SeverityName
    requires: str = ""
    unless: str = ""
    at_most: float | None = None


class VagueRule(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word that says nothing measurable. ``measurable``: what in the same sentence makes it concrete after all."""

    id: str
    words: tuple[str, ...]
    severity: SeverityName = "info"
    measurable: str = ""


class PlaceholderRule(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place that was left open. ``pattern`` over the original text."""

    id: str
    title: Text
    pattern: str
    severity: SeverityName = "high"


class Weights(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weights of the parts of a confidence; their sum is 1."""

    groups: float
    heading: float
    obligation: float
    proximity: float

    def __post_init__(self) -> None:
        """The sum is 1."""
        if abs(self.groups + self.heading + self.obligation + self.proximity - 1) > 1e-9:  # noqa: PLR2004 - rounding
            raise ValueError("the weights add up to 1")


class ReviewRules(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All rules. ``version`` goes into every result."""

    version: str
    note: Text
    weights: Weights
    clauses: tuple[ReviewClause, ...]
    parameters: tuple[Parameter, ...]
    floors: tuple[FloorRule, ...]
    prohibited: str
    prohibited_before: str
    generic_names: tuple[str, ...]
    product_examples: tuple[str, ...]
    equivalent: str
    equivalent_denied: str
    equivalent_in_general: str
    columns: str
    columns_of_names: str
    restrictions: tuple[BrandRule, ...]
    vague: tuple[VagueRule, ...]
    placeholders: tuple[PlaceholderRule, ...]

    def clause(self, clause_id: str) -> ReviewClause:
        """One clause; KeyError if there is none of that id."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise KeyError(clause_id)

    def parameter_for(self, key: str) -> Parameter | None:
        """The parameter of an id, or of a placeholder ``<clause>/<name>``."""
        return next((p for p in self.parameters if key == p.id or key in p.placeholders), None)


def schema() -> dict[str, Any]:
    """JSON Schema of the file (committed as ``data/schemas/procurement_review.json``; a test compares them)."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(ReviewRules)}


def _titles() -> dict[str, Text]:
    return {str(row["id"]): msgspec.convert(row["title"], Text) for row in facts("sbd_requirements").items}


def build_rules(raw: dict[str, Any]) -> ReviewRules:
    """Typed rules from the file's values; the titles of SBD requirements come from the facts.

    Raises msgspec.ValidationError for a wrong shape, InputError ``review.rules_wrong`` with everything else that is wrong.
    """
    titles = _titles()
    clauses = [
        row if row.get("title") or row.get("id") not in titles else {**row, "title": msgspec.to_builtins(titles[row["id"]])}
        for row in raw.get("clauses") or []
    ]
    rules = msgspec.convert({**raw, "clauses": clauses}, ReviewRules)
    problems = check_rules(rules)
    if problems:
        raise InputError("review.rules_wrong", problems=tuple(problems), count=len(problems))
    return rules


def check_rules(rules: ReviewRules) -> list[Problem]:
    """What is wrong beyond the shape: double ids, no title, no anchor, unknown facts, expressions that cannot be read."""
    found: list[Problem] = []

    def wrong(place: str, reason: str) -> None:
        found.append(Problem("review.rule_wrong", {"id": place, "reason": reason}, "procurement/review.yaml", column=place))

    ids = [r.id for part in (rules.clauses, rules.parameters, rules.floors, rules.restrictions, rules.vague) for r in part]
    for double in sorted({i for i in ids if ids.count(i) > 1}):
        wrong(double, "double id")
    for clause in rules.clauses:
        if clause.title is None:
            wrong(clause.id, "no title")
        if not any(group.anchor for group in clause.groups):
            wrong(clause.id, "no anchor group")
    known = fact_marks()
    named = [(r.id, r.fact) for part in (rules.clauses, rules.floors, rules.restrictions) for r in part]
    for place, fact in named:
        if fact not in known:
            wrong(place, f"unknown fact {fact}")
    for place, pattern in _patterns(rules):
        try:
            re.compile(pattern)
        except re.error as error:
            wrong(place, f"expression: {error}")
    return found


@cache
def fact_marks() -> dict[str, FactMark]:
    """Title and mark of every fact that a rule may rest on, by ``<file>:<id>``."""
    marks: dict[str, FactMark] = {}
    for name in ("sbd_requirements", "procurement_rules", "crypto_trust", "cloud", "ismap", "standards_index", "my_number_rules"):
        for row in facts(name).items:
            marks[f"{name}:{row['id']}"] = FactMark(msgspec.convert(row["title"], Text), _mark(row["verified"]))
    sections = facts("outsourcing").sections["ja_only"]
    for part in ("contract_clauses_2012", "contract_clauses_unified_standard", "re_outsourcing_rules"):
        for row in sections[part]:
            words = row.get("title") or row["rule"]
            marks[f"outsourcing:{row['id']}"] = FactMark(Text(words, words), _mark({"all": row.get("verified", "memory")}))
    special = facts("procurement_rules").sections["ja_only"]["clauses_personal_information"]
    for number, heading in enumerate(special["headings"], start=1):
        fact = f"procurement_rules:clauses_personal_information:{number}"
        marks[fact] = FactMark(Text(heading, heading), _mark({"all": special["verified"]}))
    for row in facts("threats").sections["generative_ai_risks"]:
        marks[f"threats:{row['id']}"] = FactMark(msgspec.convert(row["title"], Text), _mark(row["verified"]))
    policy = facts("crypto_trust").sections["ja_only"]["strength_policy"]
    marks["crypto_trust:strength_policy"] = FactMark(Text(policy["name"], policy["name"]), _mark({"all": policy["verified"]}))
    return marks


def _mark(verified: dict[str, Any]) -> Verified:
    """The mark of a fact's own statement (not of our additions to it); a remark in brackets after the mark is left out."""
    key = next(
        (k for k in ("all", "rule", "list", "title", "occurrence", "name_and_meaning") if k in verified), next(iter(verified))
    )
    mark: Verified = msgspec.convert(re.split("[（(]", str(verified[key]))[0], Verified)
    return mark


def _patterns(rules: ReviewRules) -> list[tuple[str, str]]:
    single = ("prohibited", "prohibited_before", "equivalent", "equivalent_denied", "equivalent_in_general", "columns")
    made = [(name, str(getattr(rules, name))) for name in (*single, "columns_of_names")]
    made += [(r.id, p) for r in rules.restrictions for p in (r.pattern, r.requires, r.unless)]
    made += [(r.id, r.pattern) for r in rules.floors]
    made += [(r.id, r.pattern) for r in rules.placeholders] + [(r.id, r.measurable) for r in rules.vague]
    words = [
        (c.id, w)
        for c in rules.clauses
        for group in (*c.groups, *(g for level in c.levels.values() for g in level))
        for w in group.any
    ]
    words += [(p.id, w) for p in rules.parameters for group in (*p.topic, p.before, p.after, p.about) for w in group]
    return made + [(place, word[3:]) for place, word in words if word.startswith("re:")]


@cache
def review_rules() -> ReviewRules:
    """The rules that come with Sekisho."""
    return build_rules(read_yaml(data_directory().joinpath("procurement", "review.yaml")))
