"""Who sees what by a masking plan, over HTTP."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema

__all__ = ["MaskViewSampleOut", "MaskViewSqlOut", "MaskViewsOut", "SqlDialect"]

SqlDialect = Literal["postgresql", "sqlite"]


class MaskSeenOut(Schema):
    """How a role sees a column. ``how``: keep, transform or hidden; ``why`` it is hidden: table (the role does not see the
    table), protected (a マイナンバー or 住民票コード), undecided, left_out; ``settings``: parameters of the transform.
    """

    role: str
    how: str
    why: str
    transform: str
    settings: dict[str, Any]


class MaskColumnSeenOut(Schema):
    """A column of the plan: what it holds, and how each role sees it."""

    name: str
    kinds: list[str]
    seen: list[MaskSeenOut]


class MaskTableSeenOut(Schema):
    """A table of the plan."""

    name: str
    columns: list[MaskColumnSeenOut]


class MaskNotSqlOut(Schema):
    """A column of a view that SQL cannot say, and the transform that it cannot."""

    table: str
    column: str
    transform: str


class MaskRoleOut(Schema):
    """A role: the tables that it sees, whether its view can be made in SQL, and the columns because of which it cannot."""

    role: str
    tables: list[str]
    has_sql: bool
    not_sql: list[MaskNotSqlOut]


class MaskViewsOut(Schema):
    """Who sees what by a plan. A plan without ``views`` has no roles: then nobody sees anything."""

    roles: list[MaskRoleOut]
    tables: list[MaskTableSeenOut]


class MaskViewSqlOut(Schema):
    """``CREATE VIEW`` statements."""

    text: str


class MaskViewColumnOut(Schema):
    """A column that the role sees: what was done, and its first values; personal data that were kept are partly hidden."""

    name: str
    action: str
    values: list[str | None]


class MaskViewTableOut(Schema):
    """A table that the role sees."""

    name: str
    columns: list[MaskViewColumnOut]


class MaskViewSampleOut(Schema):
    """A few rows as a role sees them."""

    role: str
    tables: list[MaskViewTableOut]
