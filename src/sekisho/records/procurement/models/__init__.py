"""調達 as rows: cases, the notice and what follows, contract and acceptance, the organisation's own tools."""

from sekisho.records.procurement.models.cases import (
    AnswerChange,
    Case,
    CaseMember,
    CaseState,
    CaseVersion,
    DiagramConfirmation,
    MemberPart,
    Opinion,
)
from sekisho.records.procurement.models.contract import AcceptanceTest, Contract, GateCheck, TestState
from sekisho.records.procurement.models.notice import Bidder, BidderQuestion, Evaluation, Notice, Proposal, Score
from sekisho.records.procurement.models.tools import (
    DraftReview,
    Grading,
    NumberingStyle,
    ReviewDecision,
    RuleEdition,
    WordTemplate,
)

__all__ = [
    "AcceptanceTest",
    "AnswerChange",
    "Bidder",
    "BidderQuestion",
    "Case",
    "CaseMember",
    "CaseState",
    "CaseVersion",
    "Contract",
    "DiagramConfirmation",
    "DraftReview",
    "Evaluation",
    "GateCheck",
    "Grading",
    "MemberPart",
    "Notice",
    "NumberingStyle",
    "Opinion",
    "Proposal",
    "ReviewDecision",
    "RuleEdition",
    "Score",
    "TestState",
    "WordTemplate",
]
