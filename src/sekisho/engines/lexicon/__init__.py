"""Names, towns and unassigned telephone numbers of Japan, as columns; sources in ``data/provenance.yaml``.

>>> names().surnames.slice(0, 1).to_pylist()
[{'spelling': '佐藤', 'kana': 'サトウ', 'weight': 1887000}]
"""

from __future__ import annotations

from sekisho.engines.lexicon.names import Names, foreign_names, names
from sekisho.engines.lexicon.telephones import UNASSIGNED, UnassignedRange, is_unassigned
from sekisho.engines.lexicon.towns import municipalities, towns

__all__ = ["UNASSIGNED", "Names", "UnassignedRange", "foreign_names", "is_unassigned", "municipalities", "names", "towns"]
