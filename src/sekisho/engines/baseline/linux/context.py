"""What the Linux readers share: the tree, the facts gathered so far, and the ways to ask a running system."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sekisho.engines.baseline.facts import FactsBuilder
    from sekisho.engines.baseline.tree import Tree

__all__ = ["Context", "KernelClock", "KernelClockReader", "Run"]

Run = Callable[[Sequence[str]], str | None]
"""Runs a query, returns its standard output; None if the program is missing, failed or took too long."""


@dataclass(frozen=True, slots=True)
class KernelClock:
    """What adjtimex(2) says: whether the kernel holds its clock for synchronised, and its own estimates in seconds."""

    synchronised: bool
    estimated_error: float
    maximum_error: float


KernelClockReader = Callable[[], KernelClock | None]


@dataclass(frozen=True, slots=True)
class Context:
    """One collection."""

    tree: Tree
    facts: FactsBuilder
    live: bool
    container: bool
    run: Run | None
    kernel_clock: KernelClockReader | None
