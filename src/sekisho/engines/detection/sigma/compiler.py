"""From rule files to a :class:`RuleSet`: what could be compiled, and of everything else why not and where.

pySigma parses; the result is the intermediate form. A rule with a fault in what only describes it (an author's date, a tag) is
used all the same, and the fault is told.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import (
    SigmaConditionError,
    SigmaDetectionError,
    SigmaError,
    SigmaLogsourceError,
    SigmaModifierError,
    SigmaRegularExpressionError,
    SigmaTypeError,
    SigmaValueError,
)
from sigma.filters import SigmaFilter
from sigma.rule import SigmaRule
from sigma.rule.detection import EmptySigmaDetections
from sigma.rule.logsource import EmptyLogSource

from sekisho.engines.detection.sigma.documents import Document, read_rules
from sekisho.engines.detection.sigma.linking import Draft, FilterDraft, link
from sekisho.engines.detection.sigma.model import Expr, LogSource, Rule
from sekisho.engines.detection.sigma.policy import POLICY
from sekisho.engines.detection.sigma.program import Group, Literal, Program, Programs
from sekisho.engines.detection.sigma.quiet import tidy
from sekisho.engines.detection.sigma.translate import condition
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Fault", "RuleSet", "compile_rules"]

_TIDY: Final = 4_000
MAX_NODES: Final = 50_000  # parts of one rule after its lists and modifiers are spread out
_UNSUPPORTED: Final = frozenset({"detection.placeholder_unknown", "detection.value_unsupported"})
_WHERE: Final[tuple[tuple[type[SigmaError], tuple[str, ...]], ...]] = (
    (SigmaLogsourceError, ("logsource",)),
    (SigmaConditionError, ("condition", "detection")),
    (SigmaDetectionError, ("detection",)),
    (SigmaModifierError, ("detection",)),
    (SigmaRegularExpressionError, ("detection",)),
    (SigmaTypeError, ("detection",)),
    (SigmaValueError, ("detection",)),
)


class Fault(msgspec.Struct, frozen=True, array_like=True):
    """A :class:`~sekisho.errors.Problem` that can be kept on disk."""

    code: str
    fields: dict[str, Any]
    file: str
    row: int | None

    @classmethod
    def of(cls, problem: Problem) -> Fault:
        """The same."""
        return cls(problem.code, problem.fields, problem.file, problem.row)

    def problem(self) -> Problem:
        """The same."""
        return Problem(self.code, self.fields, file=self.file, row=self.row)


class RuleSet(msgspec.Struct, frozen=True):
    """Compiled rules, and what became of the rest.

    ``programs`` are over ``groups`` and ``literals`` (None: a correlation); :meth:`expr` gives the intermediate form. ``broken``
    rules are wrong (place and reason), ``unsupported`` ones are right but cannot be run here, ``remarks`` are faults that do not
    keep a rule from running. ``documents`` counts all that was read.
    """

    rules: tuple[Rule, ...]
    programs: tuple[Program | None, ...]
    groups: tuple[Group, ...]
    literals: tuple[Literal, ...]
    expressions: tuple[bytes, ...]
    broken: tuple[Fault, ...] = ()
    unsupported: tuple[Fault, ...] = ()
    remarks: tuple[Fault, ...] = ()
    files: int = 0
    documents: int = 0

    def expr(self, position: int) -> Expr | None:
        """The intermediate form of a rule; None of a correlation."""
        found: Expr | None = _DECODER.decode(self.expressions[position])
        return found


_DECODER: Final[msgspec.msgpack.Decoder[Any]] = msgspec.msgpack.Decoder(Expr | None)


def compile_rules(files: Sequence[tuple[str, bytes]], *, placeholders: Mapping[str, Sequence[str]] | None = None) -> RuleSet:
    """Compile ``files`` (name as shown, content). ``placeholders`` are values for Sigma's ``expand``. Never raises for a rule."""
    work = _Work(placeholders or {})
    for item in read_rules(files):
        if isinstance(item, Problem):
            work.broken.append(item)
        else:
            work.documents += 1
            work.take(item)
            if work.documents % _TIDY == 0 and not gc.isenabled():
                tidy()  # what pySigma makes of a rule is full of cycles
    linked = link(work.drafts, work.filters)
    making = Programs()
    programs = tuple(None if expr is None else making.program(making.node(expr)) for expr in linked.exprs)
    return RuleSet(
        rules=linked.rules,
        programs=programs,
        groups=tuple(making.groups),
        literals=tuple(making.literals),
        expressions=tuple(map(msgspec.msgpack.encode, linked.exprs)),
        broken=tuple(map(Fault.of, (*work.broken, *linked.broken))),
        unsupported=tuple(map(Fault.of, (*work.unsupported, *linked.unsupported))),
        remarks=tuple(map(Fault.of, (*work.remarks, *linked.remarks))),
        files=len(files),
        documents=work.documents,
    )


class _Work:
    """One compilation: Sigma's ``action`` documents apply to the documents of their own file."""

    def __init__(self, placeholders: Mapping[str, Sequence[str]]) -> None:
        self.placeholders = placeholders
        self.drafts: list[Draft] = []
        self.filters: list[FilterDraft] = []
        self.broken: list[Problem] = []
        self.unsupported: list[Problem] = []
        self.remarks: list[Problem] = []
        self.documents = 0
        self._file = ""
        self._common: dict[str, Any] = {}
        self._previous: dict[str, Any] = {}

    def take(self, document: Document) -> None:
        """Compile one document; its faults are collected."""
        if document.file != self._file:
            self._file, self._common, self._previous = document.file, {}, {}
        try:
            value = self._applied(document.value)
            if value is not None:
                self._compile(document, value)
        except InputError as error:
            problem = Problem(error.code, error.fields, file=document.file, row=document.line_of("detection"))
            (self.unsupported if error.code in _UNSUPPORTED else self.broken).append(problem)
        except SigmaError as error:
            self.broken.append(_problem(document, error))
        except RecursionError:
            self.broken.append(Problem("detection.rule_condition_deep", {}, document.file, document.line_of("condition")))
        except Exception as error:  # noqa: BLE001 - pySigma meets wrong types with whatever comes; the rule is told as broken
            reason = f"{type(error).__name__}: {error}"[:300]
            self.broken.append(Problem("detection.rule_invalid", {"reason": reason}, file=document.file, row=document.line))

    def _applied(self, value: dict[str, Any]) -> dict[str, Any] | None:
        action = value.get("action")
        if action is None:
            self._previous = merged = _merged(self._common, value)
            return merged
        rest = {key: part for key, part in value.items() if key != "action"}
        if action == "global":
            self._common = rest
        elif action == "reset":
            self._common = {}
        elif action == "repeat":
            self._previous = _merged(self._previous, rest)
            return self._previous
        else:
            raise InputError("detection.action_unknown", action=str(action)[:100])
        return None

    def _compile(self, document: Document, value: dict[str, Any]) -> None:
        if "correlation" in value:
            correlation = SigmaCorrelationRule.from_dict(value, policy=POLICY)
            self.drafts.append(Draft(_described(document, correlation), correlation=correlation))
        elif "filter" in value:
            parsed = SigmaFilter.from_dict(value, policy=POLICY)
            expr = condition(parsed.filter, self.placeholders)
            references = (
                parsed.filter.rules if isinstance(parsed.filter.rules, str) else [r.reference for r in parsed.filter.rules]
            )
            self.filters.append(FilterDraft(_described(document, parsed), references, expr))
        else:
            _check_size(value)
            rule = SigmaRule.from_dict(value, collect_errors=True, policy=POLICY)
            if isinstance(rule.detection, EmptySigmaDetections) or isinstance(rule.logsource, EmptyLogSource):
                raise rule.errors[0]
            self.drafts.append(Draft(_described(document, rule), condition(rule.detection, self.placeholders)))
            self.remarks += [_problem(document, error) for error in rule.errors]


def _check_size(value: dict[str, Any]) -> None:
    stack, nodes = [value.get("detection")], 0
    while stack:
        node = stack.pop()
        nodes += 1
        if isinstance(node, dict):
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
        if nodes > MAX_NODES:
            raise InputError("detection.rule_nodes", limit=MAX_NODES)


def _described(document: Document, rule: Any) -> Rule:
    """Everything about a rule but its detection."""
    source = getattr(rule, "logsource", None)
    return Rule(
        title=str(rule.title or document.file),
        id=str(rule.id or ""),
        name=str(rule.name or ""),
        level=rule.level.name.lower() if hasattr(rule.level, "name") else "",
        status=rule.status.name.lower() if hasattr(rule.status, "name") else "",
        file=document.file,
        line=document.line,
        logsource=LogSource(source.product or "", source.category or "", source.service or "") if source else LogSource(),
        fields=tuple(map(str, rule.fields)) if isinstance(rule.fields, list) else (),
        tags=tuple(map(str, rule.tags)) if isinstance(rule.tags, list) else (),
    )


def _problem(document: Document, error: SigmaError) -> Problem:
    keys = next((keys for kind, keys in _WHERE if isinstance(error, kind)), ())
    reason = str(error.args[0] if error.args else error)[:300]
    return Problem("detection.rule_invalid", {"reason": reason}, file=document.file, row=document.line_of(*keys))


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """``over`` on ``base``; mappings are merged, everything else is replaced."""
    if not base:
        return over
    result = dict(base)
    for key, value in over.items():
        known = result.get(key)
        result[key] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return result
