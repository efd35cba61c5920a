"""Tables of the room, one module an area."""

from sekisho.records.lifecycle.models.deletions import (
    Certificate,
    Deletion,
    DeletionState,
    ErasedPlace,
    ErasedState,
    StandingOrder,
)
from sekisho.records.lifecycle.models.handing import (
    Handover,
    HandoverContent,
    HandoverState,
    MaskPlan,
    MaskRun,
    MaskRunState,
    PrivacyAssessment,
)
from sekisho.records.lifecycle.models.holds import Consent, ConsentKind, Hold, HoldKind
from sekisho.records.lifecycle.models.leakscans import LeakDecision, LeakEvery, LeakPlace, LeakPlan, LeakScan, LeakScanState
from sekisho.records.lifecycle.models.retention import (
    EntryState,
    OwnRule,
    OwnRuleState,
    Place,
    PlaceKind,
    RetentionEntry,
    RetentionSetting,
)
from sekisho.records.lifecycle.models.stocktaking import StockAnswer, StockAnswerKind, StockTaking
from sekisho.records.lifecycle.models.stores import DataStore, FoundEntry, FoundState, ScanRule, StoreKind, StoreScan

__all__ = [
    "Certificate",
    "Consent",
    "ConsentKind",
    "DataStore",
    "Deletion",
    "DeletionState",
    "EntryState",
    "ErasedPlace",
    "ErasedState",
    "FoundEntry",
    "FoundState",
    "Handover",
    "HandoverContent",
    "HandoverState",
    "Hold",
    "HoldKind",
    "LeakDecision",
    "LeakEvery",
    "LeakPlace",
    "LeakPlan",
    "LeakScan",
    "LeakScanState",
    "MaskPlan",
    "MaskRun",
    "MaskRunState",
    "OwnRule",
    "OwnRuleState",
    "Place",
    "PlaceKind",
    "PrivacyAssessment",
    "RetentionEntry",
    "RetentionSetting",
    "ScanRule",
    "StandingOrder",
    "StockAnswer",
    "StockAnswerKind",
    "StockTaking",
    "StoreKind",
    "StoreScan",
]
