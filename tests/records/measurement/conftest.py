"""A measured town below a prefecture (boundary between), and a stranger's town beside it."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from tests.records.assessment.conftest import Town
from tests.records.factories import NOW, TODAY, make_organization, principal_for

from sekisho.records.evidence.actions import store_artifact
from sekisho.records.evidence.models import Finding
from sekisho.records.measurement import actions
from sekisho.records.organization import actions as organizations
from sekisho.records.organization.principals import SYSTEM


@pytest.fixture
def place(db, home) -> SimpleNamespace:
    """``town`` measured and judged, with a file behind an observation and one open finding of high severity."""
    del db, home
    town = Town()
    prefecture = make_organization("minamo-pref", name="みなも県", body_kind="prefecture", is_boundary=True)
    organizations.move_organization(SYSTEM, town.organization, parent=prefecture, on=TODAY, now=NOW, today=TODAY)
    stranger = make_organization("kasumi", name="かすみ町", body_kind="municipality", is_boundary=True)
    town.measured_well(at=NOW - timedelta(hours=1))
    papers = [town.observe(host, {"clock.synchronised": 1}) for host in town.hosts]
    file = store_artifact(SYSTEM, chunks=(b"measured",), now=NOW, name="host.json", organization_id=town.organization.pk)
    papers[0].observation.artifact_links.create(artifact=file, name="host.json")
    finding = Finding.objects.create(
        organization=town.organization,
        subject=town.hosts[0],
        engine="baseline",
        fingerprint="f" * 64,
        code="baseline.finding",
        severity="high",
        scope="host",
        first_observation=papers[0].observation,
        last_observation=papers[0].observation,
        first_seen_at=NOW,
        last_seen_at=NOW,
    )
    town.propose(*town.hosts, town.system)
    return SimpleNamespace(
        town=town,
        organization=town.organization,
        prefecture=prefecture,
        stranger=stranger,
        paper=papers[0],
        file=file,
        finding=finding,
        chief=principal_for("chief_officer", town.organization),
        governor=principal_for("chief_officer", prefecture),
        neighbour=principal_for("chief_officer", stranger),
    )


@pytest.fixture
def report(place):
    """A draft."""
    return actions.build_report(place.chief, organization=place.organization, now=NOW)
