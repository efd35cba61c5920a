"""What the views of all rooms share: errors beside fields, versions, the organisation's own rows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.test import RequestFactory

from sekisho.errors import InputError, NotFound
from sekisho.records import pages


class _Form(forms.Form):
    title = forms.CharField(label="件名", required=False)
    base = forms.CharField(required=False, widget=forms.HiddenInput)


def _error(name: str) -> InputError:
    return InputError("masking.redact_type", name=name, column="a", found="list")


def test_an_error_stands_beside_the_field_that_it_names() -> None:
    form = _Form({})
    assert form.is_valid()
    assert pages.beside(form, _error("title")) == []
    assert list(form.errors) == ["title"]


@pytest.mark.parametrize("name", ["base", "another", ""])
def test_an_error_of_no_field_that_is_shown_is_said_above(name: str) -> None:
    form = _Form({})
    assert form.is_valid()
    assert len(pages.beside(form, _error(name))) == 1
    assert not form.errors


@pytest.mark.parametrize(("given", "version"), [("7", 7), ("", 0), ("-1", 0), ("７", 0), ("1e3", 0), ("9" * 40, 0)])
def test_what_is_no_version_is_the_version_of_no_row(given: str, version: int) -> None:
    request: Any = RequestFactory().post("/", {"version": given})
    assert pages.version_of(request) == version


def test_a_row_of_another_organisation_is_not_there() -> None:
    request: Any = SimpleNamespace(organization=SimpleNamespace(pk=1))
    mine = SimpleNamespace(organization_id=1)
    assert pages.own(request, mine) is mine
    with pytest.raises(NotFound):
        pages.own(request, SimpleNamespace(organization_id=2))
