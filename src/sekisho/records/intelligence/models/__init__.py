"""The tables of the room."""

from sekisho.records.intelligence.models.blocking import BlockProof, Handout, Release, ReleaseItem, ReleaseState
from sekisho.records.intelligence.models.indicators import Allowed, Ioc, IocOrigin
from sekisho.records.intelligence.models.notices import (
    Candidate,
    CandidateState,
    Horizon,
    Notice,
    NoticeReader,
    NoticeReceipt,
    NoticeStep,
    TlpLabel,
    Verdict,
)
from sekisho.records.intelligence.models.reporting import Announcement, Briefing, Instruction
from sekisho.records.intelligence.models.searches import IocSearch, IocSighting, SearchState
from sekisho.records.intelligence.models.sources import IntelSource, SourceKind, Trust

__all__ = [
    "Allowed",
    "Announcement",
    "BlockProof",
    "Briefing",
    "Candidate",
    "CandidateState",
    "Handout",
    "Horizon",
    "Instruction",
    "IntelSource",
    "Ioc",
    "IocOrigin",
    "IocSearch",
    "IocSighting",
    "Notice",
    "NoticeReader",
    "NoticeReceipt",
    "NoticeStep",
    "Release",
    "ReleaseItem",
    "ReleaseState",
    "SearchState",
    "SourceKind",
    "TlpLabel",
    "Trust",
    "Verdict",
]
