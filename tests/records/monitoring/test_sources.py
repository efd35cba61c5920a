"""How logs come in: by page, folder and machine; what is kept, doubled, refused, and for how long."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from tests.records.factories import NOW, make_subject, principal_for
from tests.records.monitoring.logs import Town, failed_logins, run_jobs

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.jobs import actions as jobs
from sekisho.records.monitoring import actions, eventstore
from sekisho.records.monitoring.models import Ingestion, IngestionState, LogSource, PremisesEntry
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import actions as subjects
from sekisho.records.subjects import queries as subject_queries

pytestmark = pytest.mark.django_db


def handed(content: bytes = b"x", name: str = "auth.log") -> actions.Handed:
    return actions.Handed(name, io.BytesIO(content))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": " "}, "missing"),
        ({"name": "認証サーバー"}, "source_twice"),
        ({"kind": "no.such.map"}, "unknown_kind"),
        ({"time_zone": "Mars/Olympus"}, "unknown_zone"),
        ({"time_zone": "../etc/passwd"}, "unknown_zone"),
        ({"encoding": "rot13"}, "unknown_encoding"),
        ({"owner_role": ""}, "owner_missing"),
        ({"owner_role": "king"}, "unknown_role"),
        ({"rhythm_hours": 0}, "out_of_range"),
    ],
)
def test_a_source_says_what_is_wrong_with_it(town: Town, facts: dict[str, Any], code: str) -> None:
    with pytest.raises((InputError, Conflict), match=code):
        town.make_source(**{"name": "別の取得元", **facts})


def test_a_subject_of_another_organisation_cannot_be_named(town: Town) -> None:
    elsewhere = Town(code="kasumi")
    with pytest.raises(NotFound):
        town.make_source("別", subject_id=make_subject(elsewhere.organization).pk)


class TestUpload:
    @pytest.mark.parametrize("name", ["../../../etc/passwd", "..\\..\\x", "a/b/c.log", "\x00.log", "." * 300])
    def test_a_hostile_name_stays_in_its_folder(self, town: Town, name: str) -> None:
        made = town.read(failed_logins(), name=name)
        assert made.state == IngestionState.DONE, made.error
        assert "/" not in made.files[0]["name"]
        assert made.report["read"] == 12

    def test_what_waited_is_gone_once_it_was_read(self, town: Town) -> None:
        made = town.read(failed_logins())
        assert not eventstore.waiting_folder(town.organization.pk, made.pk).exists()

    def test_nothing_and_empty_files_are_refused_and_leave_nothing(self, town: Town) -> None:
        with pytest.raises(InputError, match="no_files"):
            actions.receive_files(town.officer, town.source, [], now=NOW)
        with pytest.raises(InputError, match="file_empty"):
            actions.receive_files(town.officer, town.source, [handed(failed_logins()), handed(b"")], now=NOW)
        assert not Ingestion.objects.exists()
        waiting = eventstore.waiting_folder(town.organization.pk, town.source.pk).parent
        assert not waiting.exists() or not list(waiting.iterdir())

    def test_a_file_that_is_too_large_is_refused(self, town: Town, settings: Any) -> None:
        settings.SEKISHO_MAX_UPLOAD = 10
        with pytest.raises(InputError, match="file_too_large"):
            actions.receive_files(town.officer, town.source, [handed(failed_logins())], now=NOW)

    def test_what_is_no_log_is_told_not_hidden(self, town: Town) -> None:
        made = town.read(bytes(range(256)) * 40, name="photo.jpg")
        assert made.state == IngestionState.DONE
        assert made.report["read"] == 0
        assert made.report["rejected"] > 0
        assert made.report["places"]

    def test_a_cancelled_reading_reads_nothing(self, town: Town) -> None:
        made = actions.receive_files(town.officer, town.source, [handed(failed_logins())], now=NOW)
        assert made.job is not None
        jobs.cancel(town.officer, job=made.job, now=NOW)
        run_jobs()
        town.source.refresh_from_db()
        assert town.source.events == 0
        actions.watch_folders(SYSTEM, now=NOW)
        made.refresh_from_db()
        assert made.state == IngestionState.CANCELLED
        assert not eventstore.waiting_folder(town.organization.pk, made.pk).exists()

    def test_a_retired_source_takes_nothing(self, town: Town) -> None:
        actions.retire_source(town.officer, town.source, reason="入れ替え", now=NOW)
        town.source.refresh_from_db()
        with pytest.raises(Conflict, match="source_retired"):
            actions.receive_files(town.officer, town.source, [handed(failed_logins())], now=NOW)

    def test_staff_may_not(self, town: Town) -> None:
        with pytest.raises(NotPermitted):
            actions.receive_files(principal_for(Role.STAFF, town.organization), town.source, [handed()], now=NOW)


def test_new_and_grown_files_of_the_watched_folder_are_read(town: Town) -> None:
    source = town.make_source("見張る", watches_folder=True)
    folder = eventstore.folder_of(source.organization_id, source.pk)
    log = failed_logins(20)
    lines = log.splitlines(keepends=True)
    (folder / "auth.log").write_bytes(b"".join(lines[:12]))
    (folder / ".hidden").write_bytes(log)
    (folder / "link.log").symlink_to("/etc/passwd")
    assert actions.watch_folders(SYSTEM, now=NOW) == 1
    run_jobs()
    assert actions.watch_folders(SYSTEM, now=NOW) == 0
    (folder / "auth.log").write_bytes(log)
    assert actions.watch_folders(SYSTEM, now=NOW) == 1
    run_jobs()
    source.refresh_from_db()
    assert source.events == 20
    assert sorted(row.report["read"] for row in Ingestion.objects.filter(source=source)) == [8, 12]
    with pytest.raises(NotFound):
        actions.watch_folders(town.officer, now=NOW)


def test_a_machine_sends_for_its_own_subject_only(town: Town) -> None:
    host = subjects.create_subject(town.officer, organization=town.organization, kind="host", name="web-01", now=NOW)
    own = town.make_source("自分の", subject_id=host.pk)
    _row, secret = subjects.enroll_machine(SYSTEM, subject=host, name="web-01", now=NOW)
    machine = subject_queries.machine_principal(secret, now=NOW)
    assert machine is not None
    made = actions.receive_from_machine(machine, own.pk, [handed(failed_logins())], now=NOW)
    run_jobs()
    made.refresh_from_db()
    assert (made.way, made.state, made.report["read"]) == ("machine", IngestionState.DONE, 12)
    with pytest.raises(NotFound):
        actions.receive_from_machine(machine, town.source.pk, [handed(failed_logins())], now=NOW)


def test_events_older_than_their_retention_go(town: Town) -> None:
    LogSource.objects.filter(pk=town.source.pk).update(retention_days=30)
    town.source.refresh_from_db()
    town.read(failed_logins(5, at=NOW - timedelta(days=50)) + failed_logins(7))
    assert actions.apply_retention(SYSTEM, now=NOW) == 5
    town.source.refresh_from_db()
    assert town.source.events == 7
    assert town.source.first_event_at is not None
    assert town.source.first_event_at > NOW - timedelta(days=2)


class TestPremises:
    @pytest.mark.parametrize(
        ("lines", "code"),
        [
            ("card,C-1,田中,\ncard,C-1,佐藤,\n", "premises_twice"),
            ("travel,本庁,支所,速い\n", "premises_minutes"),
            ("wall,W-1,壁,\n", "not_a_choice"),
        ],
    )
    def test_a_faulty_sheet_changes_nothing(self, town: Town, lines: str, code: str) -> None:
        actions.replace_premises(
            town.officer, organization=town.organization, untrusted="種類,何,どこ・だれ\ncard,C-9,鈴木\n".encode(),
            filename="a.csv", now=NOW,
        )  # fmt: skip
        with pytest.raises(InputError) as caught:
            actions.replace_premises(
                town.officer, organization=town.organization, untrusted=f"種類,何,どこ・だれ,補足\n{lines}".encode(),
                filename="b.csv", now=NOW,
            )  # fmt: skip
        assert any(code in problem.code for problem in caught.value.problems)
        assert list(PremisesEntry.objects.values_list("key", flat=True)) == ["C-9"]
