"""Assessing the risk of re-identification of a table by the engine ``privacyrisk``. It needs the extra ``data``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from sekisho import __version__
from sekisho.documents.model import encode as encode_document
from sekisho.documents.privacy_report import PrivacyReport, privacy_report
from sekisho.engines.arrow_alone import without_pandas
from sekisho.engines.privacyrisk import Options, Roles, Settings, assess, figures_of, join, propose
from sekisho.engines.privacyrisk.checklist import Declaration
from sekisho.engines.privacyrisk.files import read_table
from sekisho.engines.privacyrisk.observe import observe
from sekisho.errors import InputError
from sekisho.standards.privacy import duties

if TYPE_CHECKING:
    from sekisho.engines.observation import Observation

__all__ = ["LARGEST", "Measured", "judged", "kinds_for", "left_open", "measure", "report"]

LARGEST: Final = 256 << 20
"""Bytes of a file that is assessed while somebody waits; larger ones go by the command."""


@dataclass(slots=True)
class Measured:
    """What was measured, as plain values; ``figures`` as the rules of the duties ask for them."""

    digest: str
    assessment: dict[str, Any]
    proposal: dict[str, Any]
    figures: dict[str, float]
    observation: Observation


def kinds_for(body: str) -> list[str]:
    """What a table of that kind of body can become: kinds of the duties. Raises InputError ``privacy.body_unknown``."""
    rules = duties()
    regime = rules.regime(body)
    return list(dict.fromkeys(one.kind for one in rules.items if regime.id in one.regimes))


def measure(
    location: str, *, name: str, quasi: Sequence[str], sensitive: Sequence[str], wanted: dict[str, float], now: datetime
) -> Measured:
    """Read the table and count. Without ``quasi`` the proposed quasi-identifiers are taken, the sensitive ones likewise.

    Raises InputError for a table that cannot be read, is too large, or has no such column.
    """
    without_pandas()
    place = Path(location)
    if place.is_file() and place.stat().st_size > LARGEST:
        raise InputError("lifecycle.assess_too_large", limit=LARGEST >> 20)
    data = read_table(location)
    settings = Settings(int(wanted["k"]), wanted["l"], wanted["t"], wanted["threshold"])
    proposal = propose(data)
    chosen = tuple(quasi) or proposal.names("quasi")
    if not chosen:
        raise InputError("lifecycle.assess_no_quasi", name="quasi")
    roles = Roles(chosen, tuple(sensitive) or tuple(one for one in proposal.names("sensitive") if one not in chosen))
    result = assess(data, roles, Options(k=settings.k, threshold=settings.threshold))
    digest = ""
    if place.is_file():
        with place.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Measured(
        digest=digest,
        assessment=result.as_dict(),
        proposal=proposal.as_dict(),
        figures=dict(figures_of(data, result, proposal, settings)),
        observation=observe(result, now=now, dataset=name, version=__version__, wanted_k=settings.k),
    )


def judged(
    figures: dict[str, float], declared: dict[str, Any], *, body: str, kind: str, wanted: dict[str, float]
) -> dict[str, Any]:
    """The duties with the figures and what people declared (id → {by, on, note}), as plain values. Raises InputError."""
    settings = Settings(int(wanted["k"]), wanted["l"], wanted["t"], wanted["threshold"])
    words = {
        key: Declaration(by=one["by"], on=date.fromisoformat(one["on"]), note=one.get("note", ""))
        for key, one in declared.items()
    }
    return join(duties(), body=body, kind=kind, figures=figures, settings=settings, declarations=words).as_dict()


def left_open(checklist: dict[str, Any]) -> list[str]:
    """Duties of the stages before a table is given that are neither shown nor declared."""
    stages = {one.id: one.stage for one in duties().items}
    settled = {"declared", "confirmed"}
    return [
        one["id"] for one in checklist["items"] if stages[one["id"]] in {"before", "processing"} and one["state"] not in settled
    ]


def report(
    *,
    organization: str,
    file: str,
    digest: str,
    assessment: dict[str, Any],
    proposal: dict[str, Any],
    checklist: dict[str, Any],
    body: str,
    language: str,
    fictional: bool,
    now: datetime,
) -> dict[str, Any]:
    """The report as an encoded document model. ``now`` with offset."""
    spoken: Literal["ja", "en"] = "en" if language == "en" else "ja"
    made = privacy_report(
        PrivacyReport(
            organization=organization,
            file=file,
            as_of=now,
            assessment=assessment,
            proposal=proposal,
            checklist=checklist,
            duties=duties(),
            body=body,
            sha256=digest,
            language=spoken,
            fictional=fictional,
            version=__version__,
        )
    )
    found: dict[str, Any] = msgspec.json.decode(encode_document(made))
    return found
