"""Looking through a data store for leaks, by the engine ``leakscan``. It needs the extra ``data`` and loads only here."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.leakscan.kinds import Kind
from sekisho.engines.leakscan.own import read_own_rules
from sekisho.engines.leakscan.places.databases import Database
from sekisho.engines.leakscan.places.folders import Choice
from sekisho.engines.leakscan.places.model import DEFAULT_KINDS, Settings, Summary
from sekisho.engines.leakscan.places.run import Progress, Run
from sekisho.engines.leakscan.places.scanning import prepared
from sekisho.errors import InputError, Problem, Unavailable
from sekisho.records.lifecycle.rules.leaking import Found

if TYPE_CHECKING:
    from sekisho.records.lifecycle.models import LeakPlan

__all__ = ["KINDS", "STORES", "Seen", "check_rules", "look_through"]

KINDS: Final = tuple(sorted(kind.label for kind in Kind))
STORES: Final = frozenset({"folder", "database"})
_MOST_PROBLEMS: Final = 200
_KEY_FILE: Final = "leakscan.key"


@dataclass(slots=True)
class Seen:
    """What a run saw. ``read``: marks of the places that were wholly read, None when all there are were."""

    places: list[Found]
    read: set[str] | None
    report: dict[str, Any]
    problems: list[dict[str, Any]] = field(default_factory=list)


def check_rules(text: str) -> None:
    """Raise InputError naming each place at which an organisation's own rules cannot be used; nothing for an empty text."""
    if text:
        read_own_rules(text.encode(), filename="rules.yaml")


def look_through(plan: LeakPlan, *, secret: str, index: Path, key_folder: Path, tell: Callable[[int, int], None]) -> Seen:
    """Look through the store of a plan. ``index`` remembers what was unchanged; ``tell`` is called with what was looked at.

    Raises InputError for a store of a kind that cannot be looked through, Unavailable when it cannot be reached.
    """
    settings = Settings(
        kinds=tuple(plan.kinds) or DEFAULT_KINDS,
        threshold=plan.threshold,
        names=plan.names,
        rules=plan.rules.encode(),
        rules_name="rules.yaml",
        key=_key(key_folder),
    )
    if plan.store.kind == "folder":
        return _folder(plan, settings, index, tell)
    if plan.store.kind == "database":
        return _database(plan, settings, secret, tell)
    raise InputError("lifecycle.leak_store_kind", name="store")


def _key(folder: Path) -> bytes:
    """The secret of this installation's fingerprints of found values; made at the first need, for its own account only."""
    place = folder / _KEY_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    except OSError as error:
        raise Unavailable("lifecycle.keys_unwritable") from error
    return place.read_bytes()


def _plain(problems: list[Problem]) -> list[dict[str, Any]]:
    return [
        {"code": one.code, "fields": {name: str(value)[:300] for name, value in one.fields.items()}, "path": str(one.file)[:500]}
        for one in problems[:_MOST_PROBLEMS]
    ]


def _folder(plan: LeakPlan, settings: Settings, index: Path, tell: Callable[[int, int], None]) -> Seen:
    root = Path(plan.store.address)
    if not root.is_dir():
        raise Unavailable("lifecycle.store_unreachable", store=plan.store.name, reason=os.strerror(2))
    index.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def told(progress: Progress) -> None:
        tell(progress.files, 0)

    run = Run([root], settings, Choice(exclude=tuple(plan.excluded)), index=index, workers=1, tell=told)
    places, unread = [], []
    for scan in run.scans():
        path = _below(root, scan.path)
        if scan.count:
            places.append(Found(path, dict(scan.kinds)))
        if scan.state != "read":
            unread.append(path)
        run.problems += scan.problems
    # What could not be read wholly stays as it was; everything else that was not found any more was treated or is gone.
    read = None if not unread else _but(plan, unread)
    return Seen(places, read, run.summary.as_dict(), _plain(run.problems))


def _database(plan: LeakPlan, settings: Settings, secret: str, tell: Callable[[int, int], None]) -> Seen:
    """Every table of the database; a place is a table."""
    address = plan.store.address
    if plan.store.login:
        from sqlalchemy.engine import make_url  # noqa: PLC0415 - heavy

        address = make_url(address).set(username=plan.store.login).render_as_string(hide_password=False)
    database = Database(address, password=secret if not address.startswith("sqlite") else "")
    summary, places, unread = Summary(), [], []
    problems: list[Problem] = []
    for scan in database.scans(prepared(settings), None):
        path = scan.path.rpartition("#")[2]
        if any(fnmatchcase(path, pattern) for pattern in plan.excluded):
            continue
        summary.add(scan)
        if scan.count:
            places.append(Found(path, dict(scan.kinds)))
        if scan.state != "read":
            unread.append(path)
        problems += scan.problems
        tell(summary.looked_at, 0)
    return Seen(places, None if not unread else _but(plan, unread), summary.as_dict(), _plain([*problems, *database.problems]))


def _below(root: Path, path: str) -> str:
    """The path as people know it: below the folder of the store."""
    start = f"{root}/"
    return path.removeprefix(start)


def _but(plan: LeakPlan, unread: list[str]) -> set[str]:
    """Marks of the known places that were read: all but the unread ones, and what lies within those (parts of archives)."""
    left = set(unread)
    known = plan.places.filter(treated_at=None).values_list("mark", "path")
    return {mark for mark, path in known if path not in left}
