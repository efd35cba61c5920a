"""The Ledger proves itself: links, bodies, erasable content, the database's own refusal."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests.records.factories import NOW

from sekisho.records.ledger import queries
from sekisho.records.ledger.actions import erase_content, recording
from sekisho.records.ledger.chain import GENESIS, body_of, content_hash, link
from sekisho.records.ledger.models import Content, Entry
from sekisho.records.organization.principals import SYSTEM

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=("Cs",))),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text("abc"), children, max_size=3),
)


def write(count: int) -> None:
    for number in range(count):
        with recording(SYSTEM, "test.write", now=NOW) as entry:
            entry.about(f"object-{number}")
            entry.fact(number=number)
            entry.words(reason=f"理由 {number}")


@given(JSON, JSON)
def test_two_bodies_have_one_hash_only_if_they_are_equal(first, second) -> None:
    one, other = body_of({"v": first}), body_of({"v": second})
    assert (link(GENESIS, one) == link(GENESIS, other)) == (one == other)


def test_content_hash_depends_on_the_salt() -> None:
    assert content_hash(salt="00" * 32, value="名前") != content_hash(salt="11" * 32, value="名前")


@pytest.mark.django_db
def test_a_whole_chain_verifies_and_counts_its_entries() -> None:
    write(5)
    result = queries.verify()
    assert (result.ok, result.entries, result.breaks) == (True, 5, ())
    assert result.head == queries.head()[1]


@pytest.mark.django_db
def test_an_action_that_raises_leaves_neither_entry_nor_gap() -> None:
    write(1)
    with pytest.raises(ValueError, match="no"), recording(SYSTEM, "test.fail", now=NOW):
        raise ValueError("no")
    write(1)
    assert queries.verify().entries == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET action = 'other'",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_mention SET object_id = 'other'",
        "DELETE FROM ledger_mention",
        "DELETE FROM ledger_content",
        "UPDATE ledger_content SET value = '\"other\"'",
        (
            "INSERT INTO ledger_entry SELECT sequence + 5, at, actor_kind, actor_id, action, organization_id, object_ids, body,"
            " previous_hash, hash FROM ledger_entry"
        ),
    ],
)
def test_the_database_refuses_changes(statement: str) -> None:
    write(1)
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(statement)
    assert queries.verify().ok


@pytest.mark.django_db
def test_the_database_refuses_replace_and_truncate() -> None:
    write(1)
    statement = (
        "TRUNCATE ledger_entry"
        if connection.vendor == "postgresql"
        else "INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry"
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.django_db
def test_erased_content_is_gone_and_the_chain_still_holds() -> None:
    write(1)
    erase_content(SYSTEM, sequence=1, name="reason", now=NOW)
    content = Content.objects.get(sequence=1)
    assert (content.value, content.salt) == (None, "")
    assert "理由" not in Entry.objects.get(sequence=1).body
    assert queries.verify().ok


def drop_triggers() -> None:
    """What somebody with full rights on the database could do."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ALL")
            cursor.execute("ALTER TABLE ledger_content DISABLE TRIGGER ALL")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE ledger_entry SET action = 'other' WHERE sequence = 2", "ledger.columns_differ"),
        ("UPDATE ledger_entry SET body = replace(body, 'test.write', 'test.other') WHERE sequence = 2", "ledger.body_changed"),
        ("DELETE FROM ledger_entry WHERE sequence = 2", "ledger.entry_missing"),
        ("DELETE FROM ledger_entry WHERE sequence = 3", "ledger.head_differs"),
        ("UPDATE ledger_content SET value = '\"other\"' WHERE sequence = 2", "ledger.content_changed"),
        ("DELETE FROM ledger_content WHERE sequence = 2", "ledger.content_missing"),
    ],
)
def test_tampering_below_the_triggers_is_found(statement: str, code: str) -> None:
    write(3)
    drop_triggers()
    connection.cursor().execute(statement)
    result = queries.verify()
    assert not result.ok
    assert code in {b.code for b in result.breaks}


@pytest.mark.django_db
def test_history_of_an_object_lists_its_entries_only() -> None:
    write(3)
    assert [e.sequence for e in queries.history_of("object-1")] == [2]
