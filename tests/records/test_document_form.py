"""The fields of a document that is handed in: the days that it holds are whole days, and empty ones are left to the action."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from sekisho.records.document_form import DocumentFields


def form(**given):
    data = {"document_kind": "policy", "title": "方針", **given}
    return DocumentFields(data, {"file": SimpleUploadedFile("方針.pdf", b"%PDF")}, kinds=[("policy", "方針"), ("other", "他")])


def test_the_days_of_a_document_are_whole_days_of_the_installation():
    made = form(valid_from="2026-04-01", valid_until="2027-03-31", number="情シ第1号")
    assert made.is_valid()
    given = made.handed_in
    assert timezone.localtime(given["valid_from"]).isoformat()[:19] == "2026-04-01T00:00:00"
    assert timezone.localtime(given["valid_until"]).isoformat()[:19] == "2027-03-31T23:59:59"
    assert given["valid_until"] - given["valid_from"] == timedelta(days=365, seconds=-1)
    assert (given["title"], given["document_kind"], given["number"]) == ("方針", "policy", "情シ第1号")
    assert given["file_name"] == "方針.pdf"
    assert b"".join(given["chunks"]) == b"%PDF"


def test_days_left_empty_are_left_to_the_action():
    made = form()
    assert made.is_valid()
    assert (made.handed_in["valid_from"], made.handed_in["valid_until"]) == (None, None)


@pytest.mark.parametrize("given", [{"document_kind": "novel"}, {"title": ""}, {"valid_from": "soon"}])
def test_what_is_no_document_is_told_at_its_field(given):
    made = form(**given)
    assert not made.is_valid()
    assert set(made.errors) == set(given)
