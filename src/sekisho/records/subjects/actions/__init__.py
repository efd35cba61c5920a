"""Every write of subjects, their keys and parts, and their machines."""

from sekisho.records.subjects.actions.bulk import Imported, write_import
from sekisho.records.subjects.actions.edit import ASSET_FIELDS, create_subject, edit_subject, ensure_for, retire_subject
from sekisho.records.subjects.actions.links import add_key, add_part, remove_key, remove_part
from sekisho.records.subjects.actions.machines import (
    enroll_machine,
    resume_machine,
    revoke_machine,
    suspend_machine,
    take_report,
)

__all__ = [
    "ASSET_FIELDS",
    "Imported",
    "add_key",
    "add_part",
    "create_subject",
    "edit_subject",
    "enroll_machine",
    "ensure_for",
    "remove_key",
    "remove_part",
    "resume_machine",
    "retire_subject",
    "revoke_machine",
    "suspend_machine",
    "take_report",
    "write_import",
]
