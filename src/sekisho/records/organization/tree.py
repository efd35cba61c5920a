"""The tree's arithmetic. Pure: edges and boundaries in, reaches out."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator

__all__ = ["ReachRow", "close", "find_cycle"]

ReachRow = tuple[uuid.UUID, uuid.UUID, int, bool]


def find_cycle(edges: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> list[uuid.UUID]:
    """A cycle among (parent, child) edges as a list of nodes, or an empty list."""
    children: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for parent, child in edges:
        children[parent].append(child)
    done: set[uuid.UUID] = set()
    for start in list(children):
        path: list[uuid.UUID] = []
        on_path: set[uuid.UUID] = set()
        stack: list[tuple[uuid.UUID, bool]] = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                path.pop()
                on_path.discard(node)
                done.add(node)
                continue
            if node in on_path:
                return path[path.index(node) :]
            if node in done:
                continue
            path.append(node)
            on_path.add(node)
            stack.append((node, True))
            stack.extend((child, False) for child in children.get(node, ()))
    return []


def close(
    nodes: Iterable[uuid.UUID], edges: Iterable[tuple[uuid.UUID, uuid.UUID]], boundaries: set[uuid.UUID]
) -> Iterator[ReachRow]:
    """All (ancestor, descendant, depth, inside). ``inside``: no boundary lies on the way down, the descendant included.

    ``edges`` are (parent, child), one parent a child. Raises ValueError on a cycle.
    """
    parent_of = {child: parent for parent, child in edges}
    for node in nodes:
        yield node, node, 0, True
        inside, depth, here = node not in boundaries, 1, node
        seen = {node}
        while (parent := parent_of.get(here)) is not None:
            if parent in seen:
                raise ValueError(f"cycle at {parent}")
            seen.add(parent)
            yield parent, node, depth, inside
            if parent in boundaries:
                inside = False
            here, depth = parent, depth + 1
