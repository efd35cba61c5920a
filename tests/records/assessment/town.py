"""A small town with catalogues loaded, one system of two hosts, and makers of evidence."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.records.factories import NOW, make_organization, make_subject

from sekisho.records.assessment import actions
from sekisho.records.assessment.models import Judgement
from sekisho.records.catalog import actions as catalog_actions
from sekisho.records.evidence.models import Artifact, Evidence, EvidenceRequirement, Measure, Observation
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects.models import PartOf, Subject

if TYPE_CHECKING:
    from datetime import datetime

_numbers = itertools.count(1)


class Town:
    """みなも市 with 予約サイト (web-01, web-02) and the code of it."""

    def __init__(self) -> None:
        catalog_actions.load_standards(SYSTEM, now=NOW)
        self.organization = make_organization("minamo", name="みなも市", body_kind="municipality", is_boundary=True)
        self.itself = Subject.objects.filter(organization=self.organization, kind="organization").first() or make_subject(
            self.organization, kind="organization", name="みなも市"
        )
        self.system = make_subject(self.organization, kind="information_system", name="予約サイト")
        self.hosts = [make_subject(self.organization, kind="host", name=name) for name in ("web-01", "web-02")]
        self.code = make_subject(self.organization, kind="code", name="reservation")
        for part in (*self.hosts, self.code):
            PartOf.objects.create(whole=self.system, part=part)
        actions.refresh_applicability(SYSTEM, organization_id=self.organization.pk, now=NOW)

    def judgement(self, ref: str, subject: Subject | None = None, catalog: str = "annex_a_2022") -> Judgement:
        return Judgement.objects.get(requirement__ref=ref, requirement__catalog__key=catalog, subject=subject or self.system)

    def observe(
        self, subject: Subject, values: dict[str, Any], *, at: datetime = NOW, engine: str = "baseline", **fields: Any
    ) -> Evidence:
        number = next(_numbers)
        observation = Observation.objects.create(
            organization=self.organization,
            subject=subject,
            content_id=f"{number:064x}",
            engine=engine,
            engine_version="1",
            observed_at=at,
            received_at=at,
        )
        for key, value in values.items():
            Measure.objects.create(
                observation=observation,
                subject=subject,
                key=key,
                value=value,
                status="measured" if value is not None else fields.get("status", "error"),
                coverage=fields.get("coverage"),
                observed_at=at,
            )
        return Evidence.objects.create(
            organization=self.organization,
            subject=subject,
            kind="observation",
            observation=observation,
            title="観測",
            valid_from=at,
            added_at=at,
        )

    def document(
        self, kind: str, subject: Subject | None = None, *, at: datetime = NOW, reviewed: bool = True, **fields: Any
    ) -> Evidence:
        number = next(_numbers)
        artifact = Artifact.objects.create(sha256=f"{number:064x}", size=1, media_type="application/pdf", stored_at=at)
        requirement = fields.pop("requirement", None)
        made = Evidence.objects.create(
            organization=self.organization,
            subject=subject or self.system,
            kind="document",
            artifact=artifact,
            document_kind=kind,
            title=kind,
            valid_from=at,
            added_at=at,
            reviewed_at=at if reviewed else None,
            **fields,
        )
        if requirement is not None:
            EvidenceRequirement.objects.create(evidence=made, requirement=requirement)
        return made

    def measured_well(self, *, at: datetime = NOW) -> None:
        """Both hosts: everything that 竹 of 8.9 and 8.17 and 松 of 8.8 want."""
        for host in self.hosts:
            self.observe(host, GOOD, at=at)

    def propose(self, *subjects: Subject, now: datetime = NOW) -> actions.Proposed:
        return actions.propose(SYSTEM, subject_ids=[s.pk for s in subjects or self.hosts], now=now)


GOOD = {
    "baseline.settings.recorded": 214,
    "baseline.coverage": 0.986,
    "baseline.drift.unaccepted": 0,
    "clock.synchronised": 1,
    "clock.sources": 1,
    "clock.offset_seconds": 0.01,
    "sbom.components": 400,
    "sbom.security_updates.pending": 0,
}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
