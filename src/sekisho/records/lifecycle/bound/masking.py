"""Masking tables of a data store by the engine ``masking``: looking, running, proving. It needs the extra ``data``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho import __version__
from sekisho.documents.model import encode as encode_document
from sekisho.engines.arrow_alone import without_pandas
from sekisho.engines.masking.inspecting import LeakInspector
from sekisho.engines.masking.keys import KeyRing, new_key_file, read_key_file
from sekisho.engines.masking.observe import observe
from sekisho.engines.masking.plan import Plan, write_plan
from sekisho.engines.masking.plan.reading import parse_plan
from sekisho.engines.masking.propose import propose
from sekisho.engines.masking.run import run
from sekisho.engines.masking.sampling import sample
from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.tables import Reading
from sekisho.engines.masking.verify import verify
from sekisho.errors import InputError, SekishoError
from sekisho.records.lifecycle.masking_report import masking_report

if TYPE_CHECKING:
    import uuid

    from sekisho.engines.observation import Observation
    from sekisho.records.lifecycle.models import DataStore

__all__ = [
    "Done",
    "called",
    "checked_plan",
    "key_file",
    "keys_of",
    "location_of",
    "look",
    "mask",
    "see",
]

_FILE: Final = "plan.yaml"
Tell = Callable[[str, int], None]


@dataclass(slots=True)
class Done:
    """A run with its proof, as plain values; ``observation`` is about whatever subject is put into it."""

    result: dict[str, Any]
    proof: dict[str, Any]
    holds: bool
    report: dict[str, Any]
    observation: Observation
    keys: list[dict[str, Any]] = field(default_factory=list)


def checked_plan(text: str) -> Plan:
    """The plan. Raises InputError naming the line of every mistake, and every column that nobody decided on."""
    plan = parse_plan(text.encode(), file=_FILE)
    if plan.undecided:
        columns = ", ".join(f"{table}.{column}" for table, column in plan.undecided[:20])
        raise InputError("lifecycle.mask_undecided", name="text", columns=columns, count=len(plan.undecided))
    return plan


def location_of(store: DataStore, path: str, *, secret: str) -> str:
    """Where the engine finds ``path`` of a store: a file or folder below its folder, or a database with its log-in.

    Raises InputError for a path that leaves the store's folder.
    """
    if store.kind == "database":
        if store.address.startswith("sqlite"):
            return store.address
        from sqlalchemy.engine import make_url  # noqa: PLC0415 - heavy

        url = make_url(store.address)
        url = url.set(username=store.login or url.username, password=secret or None)
        schema = {"schema": path} if path else {}
        return url.update_query_dict(schema).render_as_string(hide_password=False)
    root = Path(store.address).resolve()
    place = (root / path).resolve()
    if not path or place == root or root not in place.parents:
        raise InputError("lifecycle.mask_path_outside", name="path", value=path[:200])
    return str(place)


def key_file(folder: Path, organization_id: uuid.UUID, domain: str) -> Path:
    """Where the key of a domain of an organisation lies."""
    return folder / f"mask-{organization_id}-{domain}.json"


def keys_of(folder: Path, organization_id: uuid.UUID, domains: Iterable[str], *, now: datetime) -> KeyRing:
    """The keys of these domains; a domain's first run makes its key, readable by the server's account only."""
    found = []
    for domain in domains:
        place = key_file(folder, organization_id, domain)
        if not place.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            new_key_file(place, domain, now=now, random=os.urandom)
        found.append(read_key_file(place))
    return KeyRing(found)


def look(location: str, *, title: str, purpose: str, recipient: str, domain: str, language: str) -> str:
    """A plan proposed from looking at the data, as YAML for a person to edit."""
    without_pandas()
    with open_source(location) as opened:
        value = propose(
            opened,
            title=title,
            purpose=purpose,
            recipient=recipient,
            domain=domain,
            inspector=LeakInspector(),
            random=os.urandom,
            language="en" if language == "en" else "ja",
        )
    return write_plan(value)


def see(plan: Plan, location: str, *, folder: Path, organization_id: uuid.UUID, now: datetime, rows: int = 5) -> dict[str, Any]:
    """A few rows before (partly hidden) and after, without writing anything."""
    without_pandas()
    keys = keys_of(folder, organization_id, plan.domains, now=now)
    with open_source(location) as opened:
        found = sample(plan, opened, keys=keys, random=os.urandom, rows=rows)
    return {
        "tables": [
            {
                "name": table.name,
                "columns": [
                    {"name": one.name, "action": one.action, "before": list(one.before), "after": list(one.after)}
                    for one in table.columns
                ],
            }
            for table in found
        ]
    }


@contextmanager
def called(*places: tuple[str, str]) -> Iterator[None]:
    """Let errors call a place (location, shown) what the room calls it: where it lies on the server is nobody's business."""

    def said(text: str) -> str:
        for location, shown in sorted(places, reverse=True):  # the longer of two that begin alike first
            text = text.replace(location, shown)
        return text

    def told(fields: dict[str, Any]) -> dict[str, Any]:
        return {key: said(one) if isinstance(one, str) else one for key, one in fields.items()}

    try:
        yield
    except SekishoError as error:
        error.fields = told(error.fields)
        error.problems = tuple(replace(one, file=said(one.file), fields=told(one.fields)) for one in error.problems)
        raise


def mask(
    plan: Plan,
    source: str,
    target: str,
    *,
    folder: Path,
    organization_id: uuid.UUID,
    organization: str,
    expected: list[dict[str, Any]],
    language: str,
    fictional: bool,
    shown: tuple[str, str],
    now: datetime,
    tell: Tell,
) -> Done:
    """Run the plan and prove it. ``expected``: identities of the keys of earlier runs; a lost or changed key is refused.
    ``shown``: what source and target are called in what is kept: where they lie on the server is nobody's business.

    Raises InputError, NotFound, Conflict, Unavailable as the engine says; nothing half-written is left.
    """
    from sekisho.engines.masking.keys import KeyIdentity  # noqa: PLC0415 - only here

    without_pandas()
    keys = keys_of(folder, organization_id, plan.domains, now=now)
    keys.expect([KeyIdentity(**one) for one in expected if one["domain"] in plan.domains])
    if target.startswith("/"):  # a file or folder below the store's folder
        Path(target).parent.mkdir(parents=True, exist_ok=True)
    with open_source(source) as opened:
        done = run(plan, opened, target, keys=keys, random=os.urandom, progress=tell)
    with open_source(source) as before, open_source(target, Reading(unescape_formulas=True)) as after:
        proof = verify(plan, before, after, random=os.urandom, inspector=LeakInspector(), keys=keys, progress=tell)
    proof = replace(proof, source=shown[0], target=shown[1])
    done = replace(done, source=shown[0], target=shown[1])
    report = masking_report(plan, proof, organization=organization, now=now, language=language, fictional=fictional)
    return Done(
        result=done.as_dict(),
        proof=proof.as_dict(),
        holds=proof.holds,
        report=msgspec.json.decode(encode_document(report)),
        observation=observe(plan, proof, now=now, version=__version__),
        keys=[{"domain": one.domain, "version": one.version, "check": one.check} for one in keys.identities],
    )
