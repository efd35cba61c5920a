"""Who is acting: a person, a person's token, an enrolled machine, or the installation itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Literal

from sekisho.errors import NotFound, NotPermitted
from sekisho.records.organization.permissions import PERMISSIONS, READ, Role

__all__ = ["SYSTEM", "Grant", "Principal"]


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in an organisation, holding down to the next boundary."""

    organization_id: uuid.UUID
    role: Role


@dataclass(frozen=True, slots=True)
class Principal:
    """``grants`` are those of the person; a token's ``scopes`` (action names or "read") narrow them."""

    kind: Literal["person", "token", "machine", "system"]
    id: str
    person_id: uuid.UUID | None = None
    grants: tuple[Grant, ...] = ()
    scopes: frozenset[str] | None = None
    language: str = "ja"
    machine_id: uuid.UUID | None = field(default=None)

    @property
    def is_system(self) -> bool:
        """The installation itself (scheduler, command line of the administrator of the machine)."""
        return self.kind == "system"

    @property
    def own_id(self) -> uuid.UUID:
        """The person's id. Raises NotPermitted ``input.person_needed`` for a machine or the installation itself."""
        if self.person_id is None:
            raise NotPermitted("input.person_needed")
        return self.person_id

    def roles_for(self, action: str) -> tuple[uuid.UUID, ...]:
        """Organisations in which a grant of this principal allows ``action`` (they reach down from there)."""
        if self.scopes is not None and action not in self.scopes and not (action == READ and self.scopes):
            return ()
        allowed = PERMISSIONS.get(action, frozenset())
        return tuple(sorted({g.organization_id for g in self.grants if g.role in allowed}))

    def may(self, action: str, organization_id: uuid.UUID | None) -> bool:
        """Whether ``action`` is allowed in that organisation (None: anywhere at all). One query."""
        from sekisho.records.organization import queries  # noqa: PLC0415 - queries import this module

        if self.is_system:
            return True
        roots = self.roles_for(action)
        if not roots or organization_id is None:
            return bool(roots)
        return queries.reaches(roots=roots, organization_id=organization_id)

    def require(self, action: str, organization_id: uuid.UUID | None) -> None:
        """Raise NotFound where nothing may be seen, NotPermitted where it may be seen but ``action`` is not allowed."""
        if self.may(action, organization_id):
            return
        if organization_id is not None and not self.may(READ, organization_id):
            raise NotFound("access.not_found")
        raise NotPermitted("access.not_permitted", action=action)


SYSTEM = Principal(kind="system", id="system")
