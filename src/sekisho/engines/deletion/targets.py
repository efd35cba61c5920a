"""One door to all kinds of targets: list, erase, verify."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sekisho.engines.deletion.files import erase_files, list_files, verify_files
from sekisho.engines.deletion.keyfiles import erase_key, list_key, verify_key
from sekisho.engines.deletion.model import (
    Files,
    Guard,
    Item,
    Key,
    Limits,
    Listing,
    Objects,
    Outcome,
    Recorded,
    Rows,
    Target,
    Verification,
)
from sekisho.engines.deletion.recorded import erase_recorded, list_recorded, verify_recorded
from sekisho.errors import Conflict, InputError, NotFound, Problem

if TYPE_CHECKING:
    import sqlalchemy as sa

    from sekisho.engines.deletion.journal import Journal

__all__ = ["Resources", "check_limits", "erase_target", "list_target", "verify_target"]


@dataclass(frozen=True, slots=True)
class Resources:
    """What targets name: databases (SQLAlchemy engines) and stores (boto3 S3 clients), by their names in the plan."""

    engines: Mapping[str, sa.Engine] = field(default_factory=dict)
    clients: Mapping[str, Any] = field(default_factory=dict)

    def engine(self, name: str) -> sa.Engine:
        """The database of this name. Raises NotFound ``deletion.no_such_source``."""
        if name not in self.engines:
            raise NotFound("deletion.no_such_source", source=name)
        return self.engines[name]

    def client(self, name: str) -> Any:
        """The store of this name. Raises NotFound ``deletion.no_such_source``."""
        if name not in self.clients:
            raise NotFound("deletion.no_such_source", source=name)
        return self.clients[name]


def list_target(target: Target, resources: Resources | None = None) -> Listing:
    """The dry run of one target: exact items, count, bytes, what is refused, a digest. Changes nothing.

    Raises InputError, NotFound, Conflict or Unavailable with ``deletion.*`` codes.
    """
    given = resources or Resources()
    if isinstance(target, Files):
        return list_files(target)
    if isinstance(target, Key):
        return list_key(target)
    if isinstance(target, Rows):
        from sekisho.engines.deletion.rows import list_rows  # noqa: PLC0415 - SQLAlchemy only for databases

        return list_rows(target, given.engine(target.source))
    if isinstance(target, Objects):
        from sekisho.engines.deletion.objects import list_objects  # noqa: PLC0415 - botocore only for stores

        return list_objects(target, given.client(target.source))
    return list_recorded(target)


def erase_target(
    target: Target, listing: Listing, resources: Resources | None = None, *, guard: Guard, journal: Journal | None = None
) -> Outcome:
    """Delete exactly what ``listing`` (of :func:`list_target`) names; ``guard`` is asked before each item or batch.

    Raises as :func:`list_target`; Conflict ``deletion.changed_since_approval`` where that can be told before anything is gone.
    """
    given = resources or Resources()
    if listing.target != target.id:
        raise InputError("deletion.listing_of_another", target=target.id, found=listing.target)
    if isinstance(target, Files):
        return erase_files(target, listing, guard=guard, journal=journal)
    if isinstance(target, Key):
        return erase_key(target, listing, guard=guard, journal=journal)
    if isinstance(target, Rows):
        from sekisho.engines.deletion.rows import erase_rows  # noqa: PLC0415 - SQLAlchemy only for databases

        return erase_rows(target, listing, given.engine(target.source), guard=guard, journal=journal)
    if isinstance(target, Objects):
        from sekisho.engines.deletion.objects import erase_objects  # noqa: PLC0415 - botocore only for stores

        return erase_objects(target, listing, given.client(target.source), guard=guard, journal=journal)
    return erase_recorded(target, listing)


def verify_target(target: Target, items: tuple[Item, ...], resources: Resources | None = None) -> Verification:
    """Look again whether what ``items`` (of an outcome) report gone is gone; says by which means, and what nobody looked at."""
    given = resources or Resources()
    if isinstance(target, Files):
        return verify_files(target, items)
    if isinstance(target, Key):
        return verify_key(target, items)
    if isinstance(target, Rows):
        from sekisho.engines.deletion.rows import verify_rows  # noqa: PLC0415 - SQLAlchemy only for databases

        total = sum(int(i.fields.get("count", 0)) for i in items if i.state in {"done", "gone"})
        return verify_rows(target, given.engine(target.source), total=total)
    if isinstance(target, Objects):
        from sekisho.engines.deletion.objects import verify_objects  # noqa: PLC0415 - botocore only for stores

        return verify_objects(target, items, given.client(target.source))
    assert isinstance(target, Recorded)
    return verify_recorded(target)


def check_limits(listings: tuple[Listing, ...], limits: Limits) -> None:
    """Refuse a run that would delete more than it may.

    Raises Conflict ``deletion.over_limit`` with every limit that is passed.
    """
    files = [one for one in listings if one.type in {"files", "key"}]
    sums = {
        "most_files": (sum(one.count for one in files), limits.most_files),
        "most_bytes": (sum(one.bytes for one in listings), limits.most_bytes),
        "most_rows": (sum(one.count for one in listings if one.type == "rows"), limits.most_rows),
        "most_objects": (sum(one.count for one in listings if one.type == "objects"), limits.most_objects),
    }
    over = tuple(
        Problem("deletion.over_this_limit", {"limit": name, "found": found, "most": most})
        for name, (found, most) in sums.items()
        if found > most
    )
    if over:
        raise Conflict("deletion.over_limit", problems=over, count=len(over))
