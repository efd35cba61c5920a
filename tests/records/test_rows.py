"""What is not there and what may not be seen look alike."""

from __future__ import annotations

import pytest
from tests.records.factories import make_organization

from sekisho.errors import NotFound
from sekisho.records.organization.models import Organization
from sekisho.records.rows import the_row

pytestmark = pytest.mark.django_db


def test_the_row_is_the_one_that_was_named():
    city = make_organization("minamo")
    assert the_row(Organization.objects.filter(code="minamo")) == city


def test_no_row_is_not_found():
    with pytest.raises(NotFound) as error:
        the_row(Organization.objects.filter(code="elsewhere"))
    assert error.value.code == "access.not_found"
