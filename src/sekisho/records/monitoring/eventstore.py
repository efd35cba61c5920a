"""The event stores of organisations: below the installation's home, one folder an organisation, in it one store a source.

Each source has a store of its own, so that what somebody may search, and how long it is kept, is a matter of folders. Nothing in
here asks who is asking: ``actions`` and ``queries`` have.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings

from sekisho.errors import InputError, Unavailable
from sekisho.extras import explain
from sekisho.records.monitoring.rules.ingesting import MOST_PLACES, Place, Report, merge_gaps
from sekisho.standards.event_maps import event_maps

if TYPE_CHECKING:
    from sekisho.engines.events import Reject, Store
    from sekisho.records.monitoring.models import LogSource

__all__ = [
    "Report",
    "baseline_file",
    "count",
    "coverage_of",
    "engine",
    "entry_kinds",
    "files_in_folder",
    "folder_of",
    "folder_shown",
    "forget_waiting",
    "has_events",
    "ingest",
    "keep",
    "kind_names",
    "kinds",
    "retain",
    "seen_hours",
    "shown_name",
    "store_of",
    "waiting_folder",
    "without_folders",
]

Progress = Callable[[int, int], None]


def _home(organization_id: uuid.UUID) -> Path:
    home: Path = settings.CONFIG.home
    return home / "logs" / str(organization_id)


def store_of(organization_id: uuid.UUID, source_id: uuid.UUID) -> Store:
    """The store of a source (it need not exist yet). Raises MissingComponent where the extra for logs is not installed."""
    made: Store = engine().Store(_home(organization_id) / "events" / str(source_id))
    return made


def baseline_file(organization_id: uuid.UUID) -> Path:
    """Where the normal state of an organisation is kept."""
    return _home(organization_id) / "baseline.parquet"


# ---------------------------------------------------------------------------------------------------- kinds of sources


def kinds() -> Mapping[str, Mapping[str, str]]:
    """Id of each kind of log that can be read → its title in both languages."""
    return {key: {"ja": one.title.get("ja"), "en": one.title.get("en")} for key, one in event_maps().items()}


def kind_names(language: str) -> dict[str, str]:
    """Id → name in the reader's language, in order of the names."""
    found = {key: title["en" if language.startswith("en") else "ja"] for key, title in kinds().items()}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def entry_kinds() -> frozenset[str]:
    """The kinds that are door records."""
    physical = "physical_access"
    return frozenset(key for key, one in event_maps().items() if any(place.category == physical for place in one.logsources))


# -------------------------------------------------------------------------------------------------- folders of waiting


def folder_of(organization_id: uuid.UUID, source_id: uuid.UUID, *, make: bool = False) -> Path:
    """The folder on the server into which files of a source may be put."""
    folder = _home(organization_id) / "incoming" / str(source_id)
    if make:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    return folder


def folder_shown(organization_id: uuid.UUID, source_id: uuid.UUID) -> str:
    """The folder as people are told it: from the installation's home on."""
    return f"logs/{organization_id}/incoming/{source_id}"


def files_in_folder(source: LogSource) -> list[dict[str, Any]]:
    """Name, size and time of change of the regular files in the watched folder; links and folders are left out."""
    folder = folder_of(source.organization_id, source.pk)
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False) and not entry.name.startswith("."):
                    about = entry.stat(follow_symlinks=False)
                    found.append({"name": entry.name, "size": about.st_size, "modified": about.st_mtime_ns})
    except OSError:  # gone, or not readable: the source falls silent, which is told
        return []
    return sorted(found, key=lambda one: (one["modified"], one["name"]))


def waiting_folder(organization_id: uuid.UUID, ingestion_id: uuid.UUID) -> Path:
    """Where files that were handed in wait to be read."""
    return _home(organization_id) / "waiting" / str(ingestion_id)


def keep(folder: Path, number: str, name: str, chunks: Iterable[bytes]) -> dict[str, Any]:
    """Write a file that was handed in; returns its name, size and SHA-256. Raises InputError, Unavailable."""
    digest, size, limit = hashlib.sha256(), 0, settings.SEKISHO_MAX_UPLOAD
    place = folder / number
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (place / name).open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise InputError("monitoring.file_too_large", name="logs", file=name, limit=limit // 1_000_000)
                digest.update(chunk)
                file.write(chunk)
    except OSError as error:
        raise Unavailable("evidence.store_unwritable") from error
    if not size:
        raise InputError("monitoring.file_empty", name="logs", file=name)
    return {"name": name, "size": size, "sha256": digest.hexdigest(), "folder": number}


def forget_waiting(organization_id: uuid.UUID, ingestion_id: uuid.UUID) -> None:
    """Remove the files of a reading that is over."""
    shutil.rmtree(waiting_folder(organization_id, ingestion_id), ignore_errors=True)


# ------------------------------------------------------------------------------------------------------------ reading


def _paths(source: LogSource, ingestion_id: uuid.UUID, files: Sequence[Mapping[str, Any]], way: str) -> list[Path]:
    if way == "folder":
        folder = folder_of(source.organization_id, source.pk)
        return [path for one in files if (path := folder / Path(one["name"]).name).is_file() and not path.is_symlink()]
    folder = waiting_folder(source.organization_id, ingestion_id)
    return [path for one in files if (path := folder / one["folder"] / Path(one["name"]).name).is_file()]


def ingest(
    source: LogSource,
    ingestion_id: uuid.UUID,
    files: Sequence[Mapping[str, Any]],
    *,
    way: str,
    now: datetime,
    progress: Progress,
) -> Report:
    """Read the waiting files of a source into its store, one after the other, so that it can be cancelled between two.

    Raises InputError ``monitoring.files_gone`` when none of them is there any more, and what the engine raises.
    """
    paths = _paths(source, ingestion_id, files, way)
    if not paths:
        raise InputError("monitoring.files_gone")
    store = store_of(source.organization_id, source.pk)
    options = engine().Options(source=source.kind, zone=ZoneInfo(source.time_zone), encoding=source.encoding or "auto")
    read = doubled = rejected = 0
    sources: list[str] = []
    places: list[Place] = []
    notes: Counter[str] = Counter()
    for number, path in enumerate(paths):
        progress(number, len(paths))
        aside: list[Reject] = []
        report = store.ingest([path], now=now, options=options, on_reject=aside.append)
        for one in report.files:
            read += one.records
            doubled += one.known
            rejected += one.rejected
            notes.update(one.notes)
            sources += [one.source] if one.source else []
            if one.skipped:
                places.append(Place(path.name, None, one.skipped, ""))
        places += [Place(shown_name(one.file), one.record, one.code, _excerpt(one.excerpt)) for one in aside[:MOST_PLACES]]
    progress(len(paths), len(paths))
    first, last = period_of(store)
    hours = seen_hours(store, since=first, until=last)
    gaps = _gaps(hours, first, last, timedelta(hours=source.rhythm_hours))
    return Report(
        read=read,
        doubled=doubled,
        rejected=rejected,
        first_at=first,
        last_at=last,
        places=tuple(places[:MOST_PLACES]),
        gaps=tuple(gaps[:MOST_PLACES]),
        kinds=tuple(dict.fromkeys(sources)),
        notices=tuple({"code": f"events.note_{name}", "fields": {"count": n}} for name, n in sorted(notes.items())),
    )


def has_events(store: Store) -> bool:
    """Whether anything was ever read into the store."""
    return (store.folder / "manifest.sqlite3").is_file()


def _excerpt(data: bytes) -> str:
    text = data[:200].decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "·" for c in text)


def shown_name(path: str) -> str:
    """The name of a file as its owner knows it: without the folders of this server."""
    head, mark, member = path.partition("!")
    return f"{Path(head).name}{mark}{member}"


_INSIDE: Final[re.Pattern[str]] = re.compile(
    r"[^\s!'\"]*/logs/[0-9a-f-]{36}/(?:waiting/[0-9a-f-]{36}/\d{3}|incoming/[0-9a-f-]{36})/"
)


def without_folders(text: str) -> str:
    """A text of the engine that names files, with their names only: the folders of this server are nobody's business."""
    return _INSIDE.sub("", text)


def period_of(store: Store) -> tuple[datetime | None, datetime | None]:
    """From the first to the last event of a store."""
    if not has_events(store):
        return None, None
    parts = store.partitions()
    return (
        min((one.since for one in parts if one.since), default=None),
        max((one.until for one in parts if one.until), default=None),
    )


def count(source: LogSource) -> int:
    """How many events the store of a source holds."""
    store = store_of(source.organization_id, source.pk)
    return sum(one.events for one in store.partitions()) if has_events(store) else 0


def seen_hours(store: Store, *, since: datetime | None, until: datetime | None) -> Counter[datetime]:
    """Hour (its beginning, UTC) → number of events, for the hours of [since, until) in which there were some."""
    found: Counter[datetime] = Counter()
    if not has_events(store) or since is None or until is None:
        return found
    for one in store.activity():
        if since - timedelta(hours=1) < one.hour < until:
            found[one.hour] += one.events
    return found


def _gaps(
    hours: Mapping[datetime, int], since: datetime | None, until: datetime | None, rhythm: timedelta
) -> list[tuple[datetime, datetime]]:
    if since is None or until is None:
        return []
    return merge_gaps(sorted(hours), since=since, until=until, rhythm=rhythm, width=timedelta(hours=1))


def coverage_of(source: LogSource, *, since: datetime, until: datetime) -> dict[str, Any]:
    """What a period of a source has, as a review shows it: events, first and last, hours and hours covered, gaps."""
    store = store_of(source.organization_id, source.pk)
    hours = seen_hours(store, since=since, until=until)
    gaps = _gaps(hours, since, until, timedelta(hours=source.rhythm_hours))
    whole = (until - since).total_seconds() / 3600
    missing = sum((end - start).total_seconds() / 3600 for start, end in gaps)
    return {
        "id": str(source.pk),
        "name": source.name,
        "kind": source.kind,
        "events": sum(hours.values()),
        "first_at": min(hours).isoformat() if hours else None,
        "last_at": (max(hours) + timedelta(hours=1)).isoformat() if hours else None,
        "hours": round(whole, 2),
        "covered_hours": round(max(0.0, whole - missing), 2),
        "gaps": [[start.isoformat(), end.isoformat()] for start, end in gaps[:50]],
        "rejected": sum(sum(one.rejects.values()) for one in store.files()) if has_events(store) else 0,
    }


def retain(source: LogSource, *, now: datetime) -> int:
    """Remove what is older than the source's retention; returns how many events are gone."""
    store = store_of(source.organization_id, source.pk)
    if not has_events(store):
        return 0
    rule = engine().RetentionRule("*", source.retention_days)
    return sum(one.events for one in store.retain([rule], now=now, apply=True))


def engine() -> Any:
    """The engine, whose components are an extra. Raises MissingComponent that says how to get it."""
    try:
        return import_module("sekisho.engines.events")
    except ModuleNotFoundError as error:
        if (told := explain(error)) is None:
            raise
        raise told from error
