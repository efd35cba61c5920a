"""Building expressions that are already as small as they can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.engines.detection.sigma.model import FALSE, TRUE, And, Const, Expr, Match, Not, Or

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["all_of", "any_of", "negation", "transform"]


def all_of(items: Iterable[Expr]) -> Expr:
    """Their conjunction; constants, doubles and nesting fall away."""
    kept: dict[Expr, None] = {}
    for item in items:
        if isinstance(item, Const):
            if not item.value:
                return FALSE
        elif isinstance(item, And):
            kept.update(dict.fromkeys(item.items))
        else:
            kept[item] = None
    return TRUE if not kept else next(iter(kept)) if len(kept) == 1 else And(tuple(kept))


def any_of(items: Iterable[Expr]) -> Expr:
    """Their disjunction; constants, doubles and nesting fall away."""
    kept: dict[Expr, None] = {}
    for item in items:
        if isinstance(item, Const):
            if item.value:
                return TRUE
        elif isinstance(item, Or):
            kept.update(dict.fromkeys(item.items))
        else:
            kept[item] = None
    return FALSE if not kept else next(iter(kept)) if len(kept) == 1 else Or(tuple(kept))


def negation(item: Expr) -> Expr:
    """Its negation."""
    if isinstance(item, Const):
        return FALSE if item.value else TRUE
    return item.item if isinstance(item, Not) else Not(item)


def transform(expr: Expr, change: Callable[[Match], Expr]) -> Expr:
    """``expr`` with every match replaced, simplified again; the same object where nothing changed."""
    if isinstance(expr, Match):
        return change(expr)
    if isinstance(expr, Const):
        return expr
    if isinstance(expr, Not):
        inner = transform(expr.item, change)
        return expr if inner is expr.item else negation(inner)
    items = [transform(item, change) for item in expr.items]
    if all(new is old for new, old in zip(items, expr.items, strict=True)):
        return expr
    return all_of(items) if isinstance(expr, And) else any_of(items)
