"""From a copy of the ledger to the deletion engine and back. Libraries of the extra ``data`` load only here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines import deletion
from sekisho.engines.deletion import (
    Files,
    Guard,
    Journal,
    Key,
    Limits,
    Listing,
    Objects,
    Outcome,
    Recorded,
    Resources,
    Rows,
    quarantine,
)
from sekisho.records.lifecycle.bound.scanning import bucket_client, database_engine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sekisho.engines.deletion import Verification
    from sekisho.records.lifecycle.models import Place

__all__ = [
    "Reached",
    "begun",
    "bring_back",
    "check_limits",
    "erase",
    "erase_aside",
    "listing",
    "reached",
    "recorded",
    "set_aside",
    "shown",
    "target_of",
    "verify",
]

_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Reached:
    """A copy as the engine takes it, with the open database or client that it needs."""

    target: Any
    resources: Resources = field(default_factory=Resources)


def target_of(place: Place, *, method: str) -> Any:
    """The engine's target of what a machine deletes. Its id is the copy's."""
    name, found = str(place.pk), place.locator
    store: Any = place.store
    how: Any = method
    if place.kind == "folder":
        return Files(id=name, root=store.address, path=found["path"].rstrip("/"), method=how)
    if place.kind == "key":
        return Key(
            id=name, root=store.address, path=found["path"], protects=found.get("protects", ""),
            algorithm=found.get("algorithm", ""), no_other_copy=bool(found.get("no_other_copy")), method=how,
        )  # fmt: skip
    if place.kind == "objects":
        prefix = found["prefix"]
        whole = prefix.endswith("/")
        return Objects(
            id=name, source=str(store.pk), bucket=store.bucket, key=None if whole else prefix,
            prefix=prefix if whole else None, method=how,
        )  # fmt: skip
    where, parameters = _condition(found)
    schema, _, table = found["table"].rpartition(".")
    return Rows(id=name, source=str(store.pk), table=table, schema=schema or None, where=where, parameters=parameters, method=how)


def _condition(found: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The condition in the engine's own language: names quoted, every value a parameter."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for name, sign in (("since", ">="), ("until", "<")):
        if name in found:
            parts.append(f'"{found["column"]}" {sign} :{name}')
            values[name] = found[name]
    for number, (column, value) in enumerate(sorted(found.get("equals", {}).items())):
        parts.append(f'"{column}" = :equals{number}')
        values[f"equals{number}"] = value
    return " AND ".join(parts), values


@contextmanager
def reached(place: Place, *, method: str, secret: str) -> Iterator[Reached]:
    """The target with what it needs open. Raises Unavailable, MissingComponent."""
    target = target_of(place, method=method)
    store: Any = place.store
    if place.kind == "rows":
        engine = database_engine(store, secret)
        try:
            yield Reached(target, Resources(engines={target.source: engine}))
        finally:
            engine.dispose()
    elif place.kind == "objects":
        client = bucket_client(store, secret)
        try:
            yield Reached(target, Resources(clients={target.source: client}))
        finally:
            client.close()
    else:
        yield Reached(target)


def listing(one: Reached) -> Listing:
    """What would go. Raises InputError, NotFound, Conflict, Unavailable ``deletion.*``."""
    return deletion.list_target(one.target, one.resources)


def erase(one: Reached, found: Listing, *, guard: Guard, journal: Path, run: str, plan: str) -> Outcome:
    """Delete exactly what was listed; an interrupted run goes on from its journal."""
    journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Journal(journal, run=run, plan=plan) as kept:
        return deletion.erase_target(one.target, found, one.resources, guard=guard, journal=kept)


def begun(journal: Path, *, run: str, plan: str, target: str) -> Listing | None:
    """The listing with which an interrupted run began: what it deleted is no longer there to be listed. None without one."""
    if not journal.is_file():
        return None
    with Journal(journal, run=run, plan=plan) as kept:
        return kept.listings.get(target)


def set_aside(one: Reached, found: Listing, *, guard: Guard, run: str) -> Outcome:
    """Move exactly what was listed out of reach; it can be brought back."""
    return quarantine.set_aside(one.target, found, run=run, guard=guard)


def bring_back(one: Reached, *, run: str) -> int:
    """Move back what was set aside; returns how much. Raises Conflict when a name is taken again: then nothing is moved."""
    return len(quarantine.bring_back(one.target, run))


def erase_aside(one: Reached, *, guard: Guard, run: str) -> tuple[Outcome, Verification]:
    """The window is over: delete what lies aside, and look again."""
    target = quarantine.aside(one.target, run)
    outcome = deletion.erase_target(target, deletion.list_target(target), guard=guard)
    verified = deletion.verify_target(target, outcome.items)
    quarantine.clear_away(one.target, run)
    return outcome, verified


def verify(one: Reached, outcome: Outcome) -> Verification:
    """Look again whether what was reported gone is gone."""
    return deletion.verify_target(one.target, outcome.items, one.resources)


def check_limits(found: Sequence[Listing], limits: Mapping[str, int]) -> None:
    """Raise Conflict ``deletion.over_limit`` when all together is more than one run may delete."""
    deletion.check_limits(tuple(found), msgspec.convert(dict(limits), Limits))


def recorded(place: Place, *, method: str, facts: Mapping[str, str]) -> tuple[tuple[str, ...], Outcome, Verification]:
    """What people wrote down as the engine sees it: what is missing, the outcome, the verification."""
    medium: Any = place.kind
    how: Any = method
    target = Recorded(id=str(place.pk), medium=medium, description=place.label, method=how, facts=dict(facts))
    found = deletion.list_target(target)
    outcome = deletion.erase_target(target, found, guard=lambda _target, _name: None)
    return deletion.missing_facts(target), outcome, deletion.verify_target(target, outcome.items)


def shown(value: Any) -> dict[str, Any]:
    """Plain JSON values for a page; of long lists of items the first hundred."""
    made: dict[str, Any] = msgspec.to_builtins(value)
    if len(made.get("items", ())) > _SHOWN:
        made["items_left_out"] = len(made["items"]) - _SHOWN
        made["items"] = list(made["items"])[:_SHOWN]
    return made
