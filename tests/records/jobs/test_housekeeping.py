"""The installation's own work: the tree of the day and the signed head."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.records.factories import NOW, TODAY, make_organization

from sekisho.records.jobs import actions, housekeeping, worker
from sekisho.records.ledger import signing
from sekisho.records.organization import actions as organization
from sekisho.records.organization import queries
from sekisho.records.organization.principals import SYSTEM

pytestmark = pytest.mark.django_db


def run(kind: str, *, at) -> None:
    actions.enqueue(SYSTEM, kind, now=at)
    job = worker.run_once(clock=lambda: at)
    assert job is not None
    job.refresh_from_db()
    assert job.state == "done", job.error


def test_a_move_takes_effect_on_its_day_without_anybody_doing_anything(home) -> None:
    old, new = make_organization("old"), make_organization("new")
    town = make_organization("town", parent=old)
    organization.move_organization(SYSTEM, town, parent=new, on=TODAY + timedelta(days=2), now=NOW, today=TODAY)
    run("organization.reach", at=NOW + timedelta(days=1))
    assert queries.ancestors(town.pk)[0].code == "old"
    run("organization.reach", at=NOW + timedelta(days=3))
    assert queries.ancestors(town.pk)[0].code == "new"


def test_the_days_head_is_signed_and_kept_outside_the_database(home) -> None:
    make_organization("city")
    run("ledger.sign_head", at=NOW)
    (file,) = (home / housekeeping.HEADS).iterdir()
    head = json.loads(file.read_text(encoding="utf-8"))
    key = signing.public_key_text(signing.load_or_make_key(home / "keys"))
    assert signing.check_signed_head(head, trusted_public_key=key)
