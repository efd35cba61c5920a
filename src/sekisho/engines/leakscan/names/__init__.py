"""Recogniser of Japanese personal names, their readings in kana, and postal addresses.

>>> [(f.type, f.start, f.end) for f in find("担当：山田太郎（港区芝公園4-2-8）")]
[('person_name', 3, 7), ('postal_address', 8, 18)]
"""

from __future__ import annotations

from sekisho.engines.leakscan.names.findings import REASONS, THRESHOLD, Finding, Why
from sekisho.engines.leakscan.names.plug import NameRecogniser
from sekisho.engines.leakscan.names.recogniser import find, find_many

__all__ = ["REASONS", "THRESHOLD", "Finding", "NameRecogniser", "Why", "find", "find_many"]
