"""Indicators of compromise: one normal form on both sides, refusals with reasons, matching over events, sightings."""

from __future__ import annotations

from sekisho.engines.detection.indicators.acceptance import Own, Reason, Verdict, assess, judge
from sekisho.engines.detection.indicators.extract import Extracted, extract
from sekisho.engines.detection.indicators.falseblock import BLOCKABLE, FalseBlocks, try_block_list
from sekisho.engines.detection.indicators.lookup import Lookup, Role
from sekisho.engines.detection.indicators.matcher import Matcher
from sekisho.engines.detection.indicators.model import HASHES, Direction, Indicator, Kind, Tlp
from sekisho.engines.detection.indicators.normalise import match_key, normalise, recognise
from sekisho.engines.detection.indicators.observe import ENGINE, ENGINE_VERSION, observe
from sekisho.engines.detection.indicators.refang import defang, refang
from sekisho.engines.detection.indicators.sightings import Place, Sighting, Sightings

__all__ = [
    "BLOCKABLE",
    "ENGINE",
    "ENGINE_VERSION",
    "HASHES",
    "Direction",
    "Extracted",
    "FalseBlocks",
    "Indicator",
    "Kind",
    "Lookup",
    "Matcher",
    "Own",
    "Place",
    "Reason",
    "Role",
    "Sighting",
    "Sightings",
    "Tlp",
    "Verdict",
    "assess",
    "defang",
    "extract",
    "judge",
    "match_key",
    "normalise",
    "observe",
    "recognise",
    "refang",
    "try_block_list",
]
