"""Fingerprints of an organisation's own documents: exact and partial match, without keeping their text.

shingler = Shingler(key)
save(path, [fingerprint("調査票", texts, shingler)], shingler)
matcher = Matcher(load(path, key)); matcher.feed(text, 0); matcher.finish()
"""

from __future__ import annotations

from sekisho.engines.leakscan.documents.collection import LEAST_KEY, Collection, Document, Stream, fingerprint, load, save
from sekisho.engines.leakscan.documents.matching import LEAST_SHINGLES, Match, Matcher, Passage
from sekisho.engines.leakscan.documents.shingles import GUARANTEED, LENGTH, WINDOW, Shingler, normalised

__all__ = [
    "GUARANTEED",
    "LEAST_KEY",
    "LEAST_SHINGLES",
    "LENGTH",
    "WINDOW",
    "Collection",
    "Document",
    "Match",
    "Matcher",
    "Passage",
    "Shingler",
    "Stream",
    "fingerprint",
    "load",
    "normalised",
    "save",
]
