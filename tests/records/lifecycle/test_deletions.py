"""From the request to the certificate, and everything that must stop it."""

from __future__ import annotations

import pytest
from tests.records.factories import NOW
from tests.records.lifecycle.care import CareTown

from sekisho.records.ledger import queries as ledger
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.models import EntryState
from sekisho.records.lifecycle.queries.proofs import file_is, proof_of

pytestmark = pytest.mark.django_db


def test_last_years_applications_are_deleted_with_a_certificate(town: CareTown) -> None:
    files = town.applications()
    store = town.store()
    entry = town.entry(town.in_folder(store))
    town.consent(entry)
    done = town.executed(entry)
    assert done.state == "done", (done.stopped, [one.outcome for one in done.erased.all()])
    assert not any(path.exists() for path in files)
    entry.refresh_from_db()
    assert entry.state == EntryState.DELETED
    made = actions.issue_certificate(town.officer, done, witness="架空 太郎", version=done.version, now=NOW)
    assert made.number == "消証2026-0001"
    assert made.facts["complete"] is True
    assert made.facts["places"][0]["count"] == 4
    assert proof_of(made).holds
    assert set(made.renderings) == {"pdf", "docx", "html"}
    from sekisho.records.lifecycle.actions.certificates import read_certificate

    pdf = read_certificate(made, "pdf")
    assert pdf.startswith(b"%PDF")
    assert file_is(made, pdf) == "pdf"
    assert file_is(made, pdf + b" ") == ""
    assert ledger.verify().ok
