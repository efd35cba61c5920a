# ruff: noqa: E402, T201 - Django is set up first; the caller reads what is printed
"""Fills the installation of SEKISHO_HOME with a little of everything that a backup must carry. Run in a process of its own."""

from __future__ import annotations

import json
from datetime import timedelta

from sekisho.cli.django import setup

setup()

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from sekisho.engines.observation import (
    Artifact,
    ClaimedSubject,
    Collector,
    Finding,
    Measure,
    Observation,
    Severity,
    encode,
    fingerprint,
)
from sekisho.records.evidence import actions as evidence
from sekisho.records.evidence.models import Measure as MeasureRow
from sekisho.records.ledger import signing
from sekisho.records.ledger.actions import erase_content, recording
from sekisho.records.organization import actions as organizations
from sekisho.records.organization.models import Organization, Person
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import actions as subjects

now = timezone.now()
city = Organization.objects.get()
office = organizations.create_organization(SYSTEM, code="office", name="税務課 𠮷田分室", parent=city, now=now, today=now.date())
host = subjects.create_subject(SYSTEM, organization=office, kind="host", name="web-01", now=now)
big = evidence.store_artifact(
    SYSTEM, chunks=[b"0123456789abcdef" * 65536] * 3, now=now, name="大きな控え.bin", organization_id=office.pk
)
gone = evidence.store_artifact(SYSTEM, chunks=[b"to be erased"], now=now, name="x", organization_id=office.pk)
evidence.erase_artifact(SYSTEM, sha256=gone.sha256, organization_id=office.pk, reason="retention", now=now)
observation = Observation(
    engine="baseline",
    engine_version="0.1.0",
    collector=Collector(name="sekisho", version="0.1.0", privileged=True),
    subject=ClaimedSubject(kind="host", name="web-01"),
    observed_at=(now - timedelta(minutes=1)).isoformat(),
    scope=("host",),
    measures=(
        Measure(key="baseline.checks", value=41.0),
        Measure(key="unknown.of_tomorrow", value=0.1 + 0.2, dimensions={"区分": "甲", "a": "b"}),
    ),
    findings=(
        Finding(
            code="baseline.x",
            fingerprint=fingerprint("x"),
            scope="host",
            severity=Severity.HIGH,
            fields={"実数": 1e15, "é\u2028": [1.0, -0.5, 3e-7, None, True]},
        ),
    ),
    artifacts=(Artifact(name="大きな控え.bin", media_type="application/octet-stream", size=big.size, sha256=big.sha256),),
)
taken = evidence.receive_observations(SYSTEM, observations=[encode(observation)], now=now, subject=host)
assert taken.count("accepted") == 1, taken.results
person = Person.objects.get()
Authenticator.objects.create(user=person, type="totp", data={"secret": "ABCDEFGH"})
Session.objects.create(session_key="s" * 32, session_data="-", expire_date=now + timedelta(days=1))
with recording(SYSTEM, "test.words", now=now) as entry:
    entry.words(name="消される人", kept="残る言葉")
erase_content(SYSTEM, sequence=entry.sequence, name="name", now=now)
# Keys with gaps, as real tables have them: a sequence that is not set after restoring would collide with them.
row = MeasureRow.objects.order_by("-pk").first()
row.pk = 5000
row.save(force_insert=True)
signing.load_or_make_key(settings.CONFIG.keys)
print(json.dumps({"artifact": big.sha256}))
