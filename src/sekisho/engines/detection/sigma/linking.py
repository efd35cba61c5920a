"""Rules meet each other: filters are applied, correlations find the rules that they refer to, doubles and cycles are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionNOT,
    CorrelationConditionOR,
    SigmaCorrelationType,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)

from sekisho.engines.detection.sigma.model import Correlation, Expr, LogSource, Rule
from sekisho.engines.detection.sigma.simplify import all_of
from sekisho.errors import InputError, Problem

__all__ = ["Draft", "FilterDraft", "Linked", "link"]

_OPERATORS: Final = {CorrelationConditionAND: "and", CorrelationConditionOR: "or", CorrelationConditionNOT: "not"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule with its expression, or for a correlation with what pySigma parsed."""

    rule: Rule
    expr: Expr | None = None
    correlation: Any = None


@dataclass(frozen=True, slots=True)
class FilterDraft:
    """A filter: the rules that it is for (``any``: all of its log source) and what must hold besides."""

    rule: Rule
    references: str | Sequence[str]
    expr: Expr


@dataclass(frozen=True, slots=True)
class Linked:
    """Rules in order, each correlation after those that it refers to; their expressions (None: a correlation); what is wrong."""

    rules: tuple[Rule, ...]
    exprs: tuple[Expr | None, ...]
    broken: list[Problem]
    unsupported: list[Problem]
    remarks: list[Problem]


def link(drafts: Sequence[Draft], filters: Sequence[FilterDraft]) -> Linked:
    """Apply ``filters`` and resolve the references of correlations."""
    broken: list[Problem] = []
    remarks: list[Problem] = []
    unsupported: list[Problem] = []
    plain = [draft for draft in drafts if draft.correlation is None]
    exprs: list[Expr | None] = [_filtered(draft, filters) for draft in plain]
    rules = [draft.rule for draft in plain]
    known = _index(rules, remarks)
    _Resolving([draft for draft in drafts if draft.correlation is not None], known, rules, (broken, unsupported)).run()
    exprs += [None] * (len(rules) - len(exprs))
    return Linked(tuple(_silenced(rules)), tuple(exprs), broken, unsupported, remarks)


class _Resolving:
    """Correlations after those that they refer to, without recursion: a chain may be as long as the rule set."""

    def __init__(
        self, drafts: list[Draft], known: dict[str, int], rules: list[Rule], refused: tuple[list[Problem], list[Problem]]
    ) -> None:
        """``refused`` take those that are broken, and those that are not supported."""
        self.drafts = drafts
        self.known = known
        self.rules = rules
        self.refused = refused
        self.named: dict[str, int] = {}
        for index, draft in enumerate(drafts):
            for key in filter(None, (draft.rule.id, draft.rule.name)):
                self.named.setdefault(key, index)
        self.state = [0] * len(drafts)  # 0: not seen, 1: its references are being resolved, 2: done

    def run(self) -> None:
        """Resolve all; what is in a cycle or refers to what is not there is broken."""
        for first in range(len(self.drafts)):
            stack = [first]
            while stack:
                index = stack[-1]
                if self.state[index] == 2:  # noqa: PLR2004 - done
                    stack.pop()
                    continue
                needed = [self.named[ref] for ref in _references(self.drafts[index].correlation) if self._open(ref)]
                if self.state[index] == 0:
                    self.state[index] = 1
                    if any(self.state[other] == 1 for other in needed):
                        self._refuse(index, InputError("detection.correlation_cycle", title=self.drafts[index].rule.title))
                    else:
                        stack.extend(needed)
                    continue
                stack.pop()
                self._resolve(index)

    def _open(self, reference: str) -> bool:
        return reference not in self.known and reference in self.named and self.state[self.named[reference]] != 2  # noqa: PLR2004

    def _resolve(self, index: int) -> None:
        draft = self.drafts[index]
        try:
            rule = msgspec.structs.replace(draft.rule, correlation=_correlation(draft.correlation, self.known))
        except InputError as error:
            self._refuse(index, error)
            return
        self.state[index] = 2
        for key in filter(None, (rule.id, rule.name)):
            self.known.setdefault(key, len(self.rules))
        self.rules.append(rule)

    def _refuse(self, index: int, error: InputError) -> None:
        self.state[index] = 2
        rule = self.drafts[index].rule
        unsupported = error.code == "detection.ordered_unsupported"
        self.refused[unsupported].append(Problem(error.code, error.fields, file=rule.file, row=rule.line))


def _index(rules: Sequence[Rule], remarks: list[Problem]) -> dict[str, int]:
    """Position by id and name; the first of doubles wins, and each double is told."""
    known: dict[str, int] = {}
    for position, rule in enumerate(rules):
        for key in filter(None, (rule.id, rule.name)):
            first = known.setdefault(key, position)
            if first != position:
                fields = {"id": key, "first": f"{rules[first].file}:{rules[first].line}"}
                remarks.append(Problem("detection.rule_double", fields, file=rule.file, row=rule.line))
    return known


def _filtered(draft: Draft, filters: Sequence[FilterDraft]) -> Expr | None:
    expr = draft.expr
    for one in filters:
        wanted = isinstance(one.references, str) or bool({draft.rule.id, draft.rule.name} & set(one.references))
        if wanted and _contains(one.rule.logsource, draft.rule.logsource) and expr is not None:
            expr = all_of((expr, one.expr))
    return expr


def _contains(wide: LogSource, narrow: LogSource) -> bool:
    pairs = ((wide.product, narrow.product), (wide.category, narrow.category), (wide.service, narrow.service))
    return all(not left or left == right for left, right in pairs)


def _references(correlation: Any) -> list[str]:
    if correlation.rules is not None:
        return [str(rule.reference) for rule in correlation.rules]
    return [str(name) for name in correlation.condition.get_referenced_rules()]


def _correlation(parsed: Any, known: dict[str, int]) -> Correlation:
    missing = [ref for ref in _references(parsed) if ref not in known]
    if missing:
        raise InputError("detection.reference_unknown", reference=", ".join(missing)[:300])
    rules = tuple(known[ref] for ref in _references(parsed))
    extended = isinstance(parsed.condition, SigmaExtendedCorrelationCondition)
    fields = () if extended else parsed.condition.fieldref or ()
    aliases = {}
    for alias in parsed.aliases:
        unknown = [ref.reference for ref in alias.mapping if ref.reference not in known]
        if unknown:
            raise InputError("detection.reference_unknown", reference=", ".join(map(str, unknown))[:300])
        aliases[str(alias.alias)] = {known[ref.reference]: str(name) for ref, name in alias.mapping.items()}
    percentile = 50 if extended or parsed.condition.percentile is None else parsed.condition.percentile
    ordered = parsed.type is SigmaCorrelationType.TEMPORAL_ORDERED
    in_order = _conjunction(parsed.condition.parsed) if extended else parsed.condition.count == len(rules)
    if ordered and not in_order:
        raise InputError("detection.ordered_unsupported")
    if not 0 <= percentile <= 100:  # noqa: PLR2004 - per cent
        raise InputError("detection.percentile_wrong", value=percentile)
    return Correlation(
        kind=parsed.type.name.lower(),
        rules=rules,
        timespan=parsed.timespan.seconds,
        group_by=tuple(parsed.group_by or ()),
        op="gte" if extended else parsed.condition.op.name.lower(),
        number=1 if extended else parsed.condition.count,
        fields=(fields,) if isinstance(fields, str) else tuple(map(str, fields)),
        percentile=percentile,
        aliases=aliases,
        expression=_tree(parsed.condition.parsed, known) if extended else None,
        generate=bool(parsed.generate),
    )


def _conjunction(node: Any) -> bool:
    return isinstance(node, SigmaRuleReference) or (
        isinstance(node, CorrelationConditionAND) and all(map(_conjunction, node.args))
    )


def _tree(node: Any, known: dict[str, int]) -> list[object] | int:
    if isinstance(node, SigmaRuleReference):
        return known[node.reference]
    return [_OPERATORS[type(node)], *(_tree(arg, known) for arg in node.args)]


def _silenced(rules: Sequence[Rule]) -> list[Rule]:
    """Rules that only feed correlations are not told themselves, unless a correlation says ``generate``."""
    silent: set[int] = set()
    loud: set[int] = set()
    for rule in rules:
        if rule.correlation is not None:
            (loud if rule.correlation.generate else silent).update(rule.correlation.rules)
    return [msgspec.structs.replace(r, silent=True) if i in silent - loud else r for i, r in enumerate(rules)]
