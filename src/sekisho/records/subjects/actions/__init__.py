"""Every write of subjects, their keys and parts, and their machines."""

from sekisho.records.subjects.actions.machines import (
    enroll_machine,
    resume_machine,
    revoke_machine,
    suspend_machine,
    take_report,
)

__all__ = [
    "enroll_machine",
    "resume_machine",
    "revoke_machine",
    "suspend_machine",
    "take_report",
]
