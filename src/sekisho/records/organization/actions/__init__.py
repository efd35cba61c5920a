"""Every write of the room: the tree and its people here, log-in and sessions in :mod:`.accounts`."""

from sekisho.records.organization.actions.structure import (
    close_organization,
    create_organization,
    create_person,
    edit_organization,
    end_membership,
    give_membership,
    hash_secret,
    issue_token,
    move_organization,
    note_token_use,
    rebuild_reach,
    revoke_token,
)

__all__ = [
    "close_organization",
    "create_organization",
    "create_person",
    "edit_organization",
    "end_membership",
    "give_membership",
    "hash_secret",
    "issue_token",
    "move_organization",
    "note_token_use",
    "rebuild_reach",
    "revoke_token",
]
