"""The demonstration's retention: files are really deleted, a certificate stands on the Ledger, a second call changes nothing."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from sekisho.records.ledger import queries as ledger
from sekisho.records.lifecycle.models import Certificate, Deletion
from sekisho.records.lifecycle.queries.proofs import proof_of
from sekisho.web import demonstration, demonstration_retention

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.mark.machine_clock
def test_old_applications_are_really_deleted_with_a_certificate(home: Path, settings: Any) -> None:
    settings.CONFIG = dataclasses.replace(settings.CONFIG, is_demo=True)
    now = timezone.now()
    made = demonstration.create(host_name="h", now=now, today=timezone.localdate(now))
    shown = demonstration_retention.create(made.city, now=now)
    row = Deletion.objects.get()
    folder = home / "data" / "minamo" / "applications"
    assert (row.state, shown.deleted, shown.certificates) == ("done", 5, 1)
    assert len(list(folder.iterdir())) == 6
    assert proof_of(Certificate.objects.get()).holds
    assert ledger.verify().ok
    again = demonstration_retention.create(made.city, now=now)
    assert (again.entries, again.deleted) == (shown.entries, 0)
