"""Tables of the room, one module an area."""

from sekisho.records.monitoring.models.alerts import Alert, AlertNote, AlertSeen, AlertState, Suppression
from sekisho.records.monitoring.models.premises import PremisesEntry, PremisesKind
from sekisho.records.monitoring.models.reviews import LogReview, Purpose, ReviewPlan, ReviewState
from sekisho.records.monitoring.models.rules import RuleSetting, SigmaSet
from sekisho.records.monitoring.models.searches import Trail, TrailStep
from sekisho.records.monitoring.models.sources import Ingestion, IngestionState, LogSource
from sekisho.records.monitoring.models.staff import StaffBasis, StaffSearch

__all__ = [
    "Alert",
    "AlertNote",
    "AlertSeen",
    "AlertState",
    "Ingestion",
    "IngestionState",
    "LogReview",
    "LogSource",
    "PremisesEntry",
    "PremisesKind",
    "Purpose",
    "ReviewPlan",
    "ReviewState",
    "RuleSetting",
    "SigmaSet",
    "StaffBasis",
    "StaffSearch",
    "Suppression",
    "Trail",
    "TrailStep",
]
