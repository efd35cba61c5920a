"""Classes of confidentiality as choices."""

from __future__ import annotations

from sekisho.records.languages import language
from sekisho.standards import catalog as standards

__all__ = ["class_choices"]


def class_choices() -> list[tuple[str, str]]:
    """Each scheme's values, as ``scheme:value`` with its title."""
    spoken = language()
    made = []
    for scheme in standards.classification_schemes().values():
        for axis in scheme.axes:
            if axis.id == "confidentiality":
                for value in axis.values:
                    title = f"{getattr(value.title, spoken)}（{getattr(scheme.title, spoken)}）"
                    made.append((f"{scheme.id}:{value.id}", title))
    return made
