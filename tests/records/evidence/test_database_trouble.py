"""A locked or full database: said as such, nothing half-written, and taken when sent again."""

from __future__ import annotations

import sqlite3

import pytest
from django.db import connection
from tests.records.evidence.observations import observation, raw
from tests.records.factories import NOW

from sekisho.errors import Unavailable
from sekisho.records.evidence import actions
from sekisho.records.evidence.models import Measure, Observation
from sekisho.standards import texts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("home")]


def send(principal, number=1):
    return actions.receive_observations(
        principal, observations=[raw(observation(number))], machine="m", nonce="", counter=1, now=NOW
    )


@pytest.mark.only_sqlite
def test_a_locked_database_is_unavailable_for_now_and_nothing_is_lost(machine):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(connection.settings_dict["NAME"])
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(Unavailable) as error:
            send(machine)
    finally:
        other.rollback()
        other.close()
    assert error.value.code == "database.locked"
    assert texts.render(error.value.code, {}, "ja") != texts.render(error.value.code, {}, "en")
    assert send(machine).count("accepted") == 1


@pytest.mark.only_sqlite
def test_a_full_database_is_said_and_nothing_is_half_written(machine):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    many = [raw(observation(n)) for n in range(800)]
    try:
        with pytest.raises(Unavailable) as error:
            actions.receive_observations(machine, observations=many, machine="m", nonce="", counter=1, now=NOW)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert error.value.code == "database.full"
    assert not Observation.objects.exists()
    assert not Measure.objects.exists()
    assert send(machine).count("accepted") == 1
