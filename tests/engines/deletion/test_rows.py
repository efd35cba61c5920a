"""Rows: one readable condition, exactly the rows that were counted, all or none."""

import os
import threading
import uuid
from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.deletion import (
    Journal,
    Limits,
    Resources,
    Rows,
    Stop,
    check_limits,
    erase_target,
    list_target,
    verify_target,
)
from sekisho.engines.deletion.conditions import condition
from sekisho.errors import Conflict, InputError, NotFound, SekishoError, Unavailable

TABLE = sa.Table(
    "application", sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(50)), sa.Column("made", sa.Date),
    sa.Column("amount", sa.Numeric), sa.Column("open", sa.Boolean), sa.Column("申請 種別", sa.String(20)),
)  # fmt: skip


@pytest.fixture
def database(tmp_path):
    made = sa.create_engine(f"sqlite:///{tmp_path}/d.db")
    TABLE.metadata.create_all(made)
    rows = [
        {"id": n, "name": f"name{n}", "made": date(2015 + n % 10, 4, 1), "amount": n, "open": n % 2 == 0, "申請 種別": "住民票"}
        for n in range(100)
    ]
    with made.begin() as connection:
        connection.execute(sa.insert(TABLE), rows)
    yield made
    made.dispose()


def target(where="made < :day", parameters=None, **more):
    values = {"day": "2018-04-01"} if parameters is None else parameters
    return Rows(id="r", source="db", table="application", where=where, parameters=values, **more)


def resources(database):
    return Resources(engines={"db": database})


def count(database, table="application"):
    with database.connect() as connection:
        return connection.exec_driver_sql(f'select count(*) from "{table}"').scalar_one()


def test_the_rows_of_a_condition_go_and_no_other(database, free):
    found = list_target(target(), resources(database))
    assert (found.count, count(database)) == (30, 100)
    made = erase_target(target(), found, resources(database), guard=free)
    assert (made.done, made.left, made.achieved, count(database)) == (30, 0, "deleted", 70)
    assert {"deletion.sqlite_wiped", "deletion.backups_left"} <= {s.code for s in made.statements}
    assert verify_target(target(), made.items, resources(database)).result == "gone"
    with database.begin() as connection:
        connection.execute(sa.insert(TABLE), [{"id": 1, "made": date(2000, 1, 1)}])
    assert verify_target(target(), made.items, resources(database)).left == ("application: 1",)


def test_the_bytes_are_gone_from_the_sqlite_file(database, free, tmp_path):
    assert b"name3" in (tmp_path / "d.db").read_bytes()
    whole = target("id >= 0", {})
    erase_target(whole, list_target(whole, resources(database)), resources(database), guard=free)
    assert b"name3" not in (tmp_path / "d.db").read_bytes()


@pytest.mark.parametrize(("reading", "said"), [(False, "deletion.sqlite_log_carried"), (True, "deletion.sqlite_log_left")])
def test_a_write_ahead_log_is_carried_over_or_said_to_be_left(database, free, tmp_path, reading, said):
    with database.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    whole = target("id >= 0", {})
    reader = sa.create_engine(f"sqlite:///{tmp_path}/d.db", connect_args={"timeout": 0.1})
    other = reader.connect()
    if reading:
        other.exec_driver_sql("BEGIN")
        other.exec_driver_sql("select * from application").fetchone()
    found = list_target(whole, resources(database))
    quick = sa.create_engine(f"sqlite:///{tmp_path}/d.db", connect_args={"timeout": 0.1})
    made = erase_target(whole, found, resources(quick), guard=free)
    assert said in {s.code for s in made.statements}
    assert (b"name3" in (tmp_path / "d.db").read_bytes()) is reading
    other.close()
    reader.dispose()
    quick.dispose()


def test_rows_that_changed_since_they_were_counted_stop_it(database, free):
    found = list_target(target(), resources(database))
    with database.begin() as connection:  # as many as before, but not the same
        connection.exec_driver_sql("delete from application where id = 0")
        connection.exec_driver_sql("insert into application (id, made) values (1000, '2015-01-01')")
    with pytest.raises(Conflict, match=r"deletion\.changed_since_approval"):
        erase_target(target(), found, resources(database), guard=free)
    assert count(database) == 100


def test_a_hold_before_the_commit_rolls_everything_back(database):
    found = list_target(target(), resources(database))
    made = erase_target(
        target(), found, resources(database), guard=lambda _t, _i: Stop(code="deletion.held", fields={"hold": "h"})
    )
    assert (made.done, made.left, made.achieved, made.stopped.code, count(database)) == (0, 30, "none", "deletion.held", 100)


@pytest.mark.parametrize(
    ("effect", "cascade", "allowed"),
    [
        ("CASCADE", False, False),
        ("CASCADE", True, True),
        ("SET NULL", True, True),
        ("NO ACTION", True, False),
        ("RESTRICT", True, False),
    ],
)
def test_rows_that_others_point_to(database, free, effect, cascade, allowed):
    with database.begin() as connection:
        connection.exec_driver_sql(
            f"create table paper (id integer primary key, application integer references application(id) on delete {effect})"
        )
        connection.exec_driver_sql("insert into paper values (1, 0), (2, 3)")  # 0 goes, 3 stays
    wanted = target(cascade=cascade)
    found = list_target(wanted, resources(database))
    about = next(s.fields for s in found.statements if s.code == "deletion.foreign_key")
    assert (about["table"], about["effect"], about["rows"]) == ("paper", effect, 1)
    if allowed:
        assert erase_target(wanted, found, resources(database), guard=free).done == 30
    else:
        with pytest.raises(Conflict, match=r"deletion\.rows_referenced"):
            erase_target(wanted, found, resources(database), guard=free)
        assert (count(database), count(database, "paper")) == (100, 2)


def test_an_interrupted_run_does_not_delete_twice_or_claim_more(database, free, tmp_path):
    found = list_target(target(), resources(database))
    with Journal(tmp_path / "j", run="r", plan="p") as journal:
        journal.begin(found)
    with database.begin() as connection:
        connection.exec_driver_sql("delete from application where made < '2018-04-01'")
    with Journal(tmp_path / "j", run="r", plan="p") as journal:
        made = erase_target(target(), found, resources(database), guard=free, journal=journal)
        assert made.items[0].state == "gone"
        assert "deletion.found_gone" in {s.code for s in made.statements}
    with Journal(tmp_path / "j", run="r", plan="p") as journal:
        assert erase_target(target(), found, resources(database), guard=free, journal=journal) == made


def test_a_table_without_a_key_is_told_by_its_rows(database, free):
    with database.begin() as connection:
        connection.exec_driver_sql("create table log (words text)")
        connection.exec_driver_sql("insert into log values ('a'), ('b'), ('a')")
    wanted = Rows(id="r", source="db", table="log", where="words = 'a'")
    found = list_target(wanted, resources(database))
    with database.begin() as connection:
        connection.exec_driver_sql("update log set words = 'c' where words = 'b'")
    assert list_target(wanted, resources(database)).digest == found.digest
    assert erase_target(wanted, found, resources(database), guard=free).done == 2


@pytest.mark.parametrize(
    ("where", "parameters", "rows"),
    [
        ("id = 1", {}, 1), ("id <> 1 AND id < 3", {}, 2), ("NOT (id > 2)", {}, 3), ("id IN (1, 2, :three)", {"three": 3}, 3),
        ("id NOT IN (1) and id between 0 and 2", {}, 2), ("name LIKE 'name1_'", {}, 10), ('"申請 種別" = \'住民票\' and id < 5', {}, 5),
        ("申請種別 = 1", {}, None), ("made IS NULL", {}, 0), ("made is not null and open = TRUE", {}, 50), ("5 > id", {}, 5),
        ("amount >= 99.0", {}, 1), ("id != 1 or id = 1", {}, 100), ("name = 'it''s'", {}, 0), ("((id=1))", {}, 1),
        ("made = '2015-04-01'", {}, 10), ("id = amount AND id < 2", {}, 2),
    ],
)  # fmt: skip
def test_conditions(database, where, parameters, rows):
    if rows is None:
        with pytest.raises(InputError, match=r"deletion\.where_column"):
            list_target(target(where, parameters), resources(database))
    else:
        assert list_target(target(where, parameters), resources(database)).count == rows


HOSTILE = {
    "everything": ("1 = 1", {}, "where_constant"), "a column by itself": ("id = id", {}, "where_constant"),
    "null": ("NULL IS NULL", {}, "where_syntax"), "true": ("TRUE", {}, "where_constant"), "empty": ("", {}, "where_syntax"),
    "second statement": ("id = 1; DROP TABLE application", {}, "where_syntax"), "comment": ("id = 1 --", {}, "where_syntax"),
    "block comment": ("id = 1 /* */", {}, "where_syntax"), "brackets": ("id = 1) OR (id = 2", {}, "where_syntax"),
    "function": ("lower(name) = 'x'", {}, "where_column"), "sub-select": ("id IN (SELECT id FROM x)", {}, "where_column"),
    "unknown column": ("born = 1", {}, "where_column"), "open text": ("name = 'x", {}, "where_syntax"),
    "missing parameter": ("id = :n", {}, "where_parameter"), "unused parameter": ("id = 1", {"n": 1}, "where_parameter"),
    "words for a number": ("id = 'one'", {}, "where_value"), "a number for words": ("name = 1", {}, "where_value"),
    "no day": ("made < '2018-02-30'", {}, "where_value"), "null by equals": ("id = :n", {"n": None}, "where_value"),
    "a fraction for a whole": ("id = 1.5", {}, "where_value"), "operators": ("id = = 1", {}, "where_syntax"),
    "concatenation": ("name = 'a' || 'b'", {}, "where_syntax"), "deep": ("(" * 100 + "id = 1" + ")" * 100, {}, "where_syntax"),
    "long": ("id = 1 OR " * 2000 + "id = 1", {}, "where_syntax"), "union": ("id = 1 UNION SELECT 1", {}, "where_syntax"),
    "backslash": ("name = 'a\\' OR 1=1 --'", {}, "where_syntax"), "like on a value": ("'a' LIKE name", {}, "where_constant"),
}  # fmt: skip


@pytest.mark.parametrize(("where", "parameters", "code"), HOSTILE.values(), ids=HOSTILE)
def test_a_condition_that_is_more_or_less_than_one_is_refused(database, where, parameters, code):
    with pytest.raises(InputError) as caught:
        list_target(target(where, parameters), resources(database))
    assert caught.value.code == f"deletion.{code}"
    assert count(database) == 100


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="idname=<>'\"():,;- \n%x1 ANDORTUEISLK", max_size=40))
def test_any_text_is_a_bound_condition_or_an_error_of_ours(text):
    try:
        made = condition(text, TABLE, {})
    except InputError as error:
        assert error.code.startswith("deletion.where_")  # noqa: PT017 - either may be right
        return
    compiled = str(made.compile(dialect=sa.dialects.sqlite.dialect()))
    assert ";" not in compiled
    assert "application." in compiled


def test_a_refused_condition_does_not_show_its_values(database):
    with pytest.raises(InputError) as caught:
        list_target(target("name = '山田太郎' '佐藤'", {}), resources(database))
    assert "佐藤" not in str(caught.value.fields)
    with pytest.raises(InputError) as caught:
        list_target(target("name = '山田太郎", {}), resources(database))
    assert "山田" not in str(caught.value.fields)


def test_limits_stop_a_run_before_anything_goes(database):
    found = list_target(target(), resources(database))
    check_limits((found,), Limits(most_rows=30))
    with pytest.raises(Conflict) as caught:
        check_limits((found,), Limits(most_rows=29))
    assert caught.value.problems[0].fields == {"limit": "most_rows", "found": 30, "most": 29}


def test_what_is_not_there_is_said(database, tmp_path):
    with pytest.raises(NotFound, match=r"deletion\.no_such_table"):
        list_target(Rows(id="r", source="db", table="none", where="id = 1"), resources(database))
    with pytest.raises(NotFound, match=r"deletion\.no_such_source"):
        list_target(target(), Resources())
    broken = sa.create_engine(f"sqlite:///{tmp_path}/no/such/folder.db")
    with pytest.raises(Unavailable, match=r"deletion\.database"):
        list_target(target(), resources(broken))


@pytest.fixture
def postgresql():
    name = f"deletion_{uuid.uuid4().hex[:12]}"
    base = sa.make_url(os.environ.get("SEKISHO_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"))
    base = base.set(drivername="postgresql+psycopg")
    admin = sa.create_engine(base, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
    made = sa.create_engine(base.set(database=name))
    yield made
    made.dispose()
    with admin.connect() as connection:
        connection.exec_driver_sql(f"drop database {name} with (force)")
    admin.dispose()


@pytest.mark.postgresql
@pytest.mark.network
def test_postgresql_in_one_transaction_with_a_stranger_writing(postgresql, free):
    TABLE.metadata.create_all(postgresql)
    with postgresql.begin() as connection:
        connection.execute(sa.insert(TABLE), [{"id": n, "made": date(2015 + n % 10, 4, 1)} for n in range(100)])
    found = list_target(target(), resources(postgresql))

    def stranger(_target, _item):
        def write():
            with postgresql.begin() as connection:
                connection.execute(sa.insert(TABLE), [{"id": 1000, "made": date(2015, 1, 1)}])

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()

    made = erase_target(target(), found, resources(postgresql), guard=stranger)
    assert (made.done, made.achieved) == (30, "deleted")
    assert "deletion.postgresql_keeps" in {s.code for s in made.statements}
    assert verify_target(target(), made.items, resources(postgresql)).left == ("application: 1",)  # the stranger's
    with pytest.raises(SekishoError):
        erase_target(target(), found, resources(postgresql), guard=free)
