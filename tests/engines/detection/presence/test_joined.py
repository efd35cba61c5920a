"""Joining doors and log-ins: only on a basis that holds, only after the search has been written down."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sekisho.engines.detection.presence import (
    DoorEvent,
    DoorKind,
    Login,
    MonitoringBasis,
    Place,
    Premises,
    logins_without_presence,
)
from sekisho.errors import InputError, NotPermitted
from sekisho.standards import texts

BASIS = MonitoringBasis(
    purpose="不正な操作の調査", rule_document="情報セキュリティ実施手順 第12条", noticed_on=date(2026, 3, 1), approver="統括責任者",
    valid_from=date(2026, 4, 1), valid_until=date(2027, 3, 31),
)  # fmt: skip
AT = datetime(2026, 11, 5, 9, tzinfo=UTC)
SINCE = datetime(2026, 11, 4, tzinfo=UTC)
PREMISES = Premises(doors={"D1": Place("server room")}, cards={"C1": "tanaka"}, rooms={"sv-01": "server room", "sv-09": "annex"})
ACCOUNTS = {"tanaka01": "tanaka", "sato01": "sato"}


def micro(hour):
    return int((SINCE + timedelta(hours=hour)).timestamp() * 1_000_000)


def door(hour, kind):
    return DoorEvent(micro(hour), kind, "D1", "C1")


def search(logins, doors, *, basis=BASIS, store=None, **changes):
    asked = {"who": "csirt01", "why": "調査 2026-15", "since": SINCE, "until": AT, "at": AT, **changes}
    kept = []
    found = logins_without_presence(
        logins, doors, premises=PREMISES, accounts=ACCOUNTS, basis=basis, store=store or kept.append, **asked
    )
    return found, kept


MOVES = [door(1, DoorKind.ENTERED), door(3, DoorKind.LEFT)]
CASES = {
    "inside": (2, []),
    "after the exit": (4, ["presence.login_after_exit"]),
    "before the entry": (0.5, ["presence.login_never_inside"]),
    "a minute before the entry is read": (1 - 1 / 60, []),
    "a minute after the exit is read": (3 + 1 / 60, []),
}


@pytest.mark.parametrize("case", CASES)
def test_a_console_in_a_room_where_one_is_not(case):
    hour, expected = CASES[case]
    found, _ = search([Login(micro(hour), "SV-01", "Tanaka01")], MOVES)
    assert [i.code for i in found.incidents] == expected
    assert found.judged == 1
    for incident in found.incidents:
        assert "{" not in texts.render(incident.code, dict(incident.fields))


def test_what_cannot_be_judged_is_counted():
    logins = [Login(micro(2), "pc-77", "tanaka01"), Login(micro(2), "sv-01", "admin"), Login(micro(2), "sv-09", "tanaka01")]
    found, _ = search(logins, MOVES)
    assert (found.incidents, found.judged) == ((), 0)
    assert (dict(found.unknown_hosts), dict(found.unknown_accounts), dict(found.no_doors)) == (
        {"pc-77": 1}, {"admin": 1}, {"annex": 1},
    )  # fmt: skip


REFUSED = {
    "none": (None, NotPermitted, "presence.basis_missing"),
    "something else": ({"purpose": "x"}, NotPermitted, "presence.basis_missing"),
    "no purpose": (replace(BASIS, purpose=" "), InputError, "presence.basis_incomplete"),
    "no rule": (replace(BASIS, rule_document=""), InputError, "presence.basis_incomplete"),
    "no approver": (replace(BASIS, approver=""), InputError, "presence.basis_incomplete"),
    "told too late": (replace(BASIS, noticed_on=date(2026, 5, 1)), InputError, "presence.basis_incomplete"),
    "ends before it begins": (replace(BASIS, valid_until=date(2026, 3, 1)), InputError, "presence.basis_incomplete"),
    "over": (replace(BASIS, valid_until=date(2026, 10, 31)), NotPermitted, "presence.basis_not_valid"),
    "not yet": (replace(BASIS, valid_from=date(2026, 12, 1)), NotPermitted, "presence.basis_not_valid"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_without_a_basis_that_holds_nothing_is_joined_and_nothing_stored(case):
    basis, kind, code = REFUSED[case]
    kept = []
    with pytest.raises(kind) as caught:
        search([Login(micro(4), "sv-01", "tanaka01")], MOVES, basis=basis, store=kept.append)
    assert (caught.value.code, kept) == (code, [])
    assert texts.known(code)


@pytest.mark.parametrize("changes", [{"who": ""}, {"why": "  "}, {"until": SINCE}])
def test_a_search_says_who_why_and_when(changes):
    with pytest.raises(InputError) as caught:
        search([], MOVES, **changes)
    assert caught.value.code == "presence.search_incomplete"


def test_each_search_is_written_down_before_anything_is_compared():
    found, kept = search([Login(micro(4), "sv-01", "tanaka01")], MOVES, persons=("tanaka",))
    assert kept == [found.record]
    plain = found.record.as_dict()
    assert (plain["who"], plain["why"], plain["persons"]) == ("csirt01", "調査 2026-15", ["tanaka"])
    assert plain["basis"]["rule_document"] == BASIS.rule_document


def test_when_the_record_cannot_be_stored_nothing_is_seen():
    def full(record):
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        search([Login(micro(4), "sv-01", "tanaka01")], MOVES, store=full)


def test_only_the_persons_asked_for_are_looked_at():
    logins = [Login(micro(4), "sv-01", "tanaka01"), Login(micro(4), "sv-01", "sato01")]
    found, _ = search(logins, MOVES, persons=("sato",))
    assert [i.who for i in found.incidents] == ["sato"]
