"""A plan out of its YAML file: every mistake is named with its line; what the law does not allow is one, too."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path as FilePath
from typing import Any, Final

from sekisho.engines.masking.keys import KeyIdentity, check_domain
from sekisho.engines.masking.plan.fields import Fields, Path
from sekisho.engines.masking.plan.model import PERSONAL, SCHEMA, Action, Basis, ColumnPlan, Plan, TablePlan, View
from sekisho.engines.masking.tables import ForeignKey
from sekisho.engines.masking.transforms import PROTECTED, Transform, transform_from_plan
from sekisho.errors import InputError
from sekisho.standards.yamlfile import read_untrusted_yaml

__all__ = ["OWN_FIELDS", "parse_plan", "read_plan"]

_TOP: Final = (
    "schema",
    "title",
    "version",
    "purpose",
    "recipient",
    "place",
    "domain",
    "keys",
    "bases",
    "tables",
    "views",
    "notes",
)
_NEEDED: Final = ("schema", "title", "version", "purpose", "recipient", "tables")
_TABLE: Final = ("columns", "include", "primary_key", "unique", "foreign_keys", "notes")
_BASIS: Final = ("who", "document", "signed_on", "ends", "until", "confirmed_by", "confirmed_on")
_BASIS_NEEDED: Final = ("who", "document", "signed_on", "ends", "until", "confirmed_by")
OWN_FIELDS: Final = ("kinds", "reason", "confidence", "basis", "not_my_number", "not_personal")
"""Fields of a column beside ``transform`` and its parameters."""


def read_plan(path: FilePath) -> Plan:
    """The plan of a file. Raises InputError ``masking_runs.plan_bad`` with file and line of every mistake."""
    return parse_plan(path.read_bytes(), file=str(path))


def parse_plan(untrusted: bytes, *, file: str) -> Plan:
    """The plan of the bytes of a YAML file; ``file`` names it in problems."""
    located = read_untrusted_yaml(untrusted, filename=file)
    fields = Fields(located, file)
    top = fields.mapping(located.value, [], known=_TOP, needed=_NEEDED)
    fields.stop()
    fields.text(top, "schema", [], needed=True, among=(SCHEMA,))
    domain = fields.text(top, "domain", [])
    _domain(fields, domain)
    bases = {
        key: _basis(fields, key, one, ["bases", key])
        for key, one in fields.mapping(top.get("bases", {}), ["bases"]).items()
    }  # fmt: skip
    tables = {
        name: _table(fields, name, one, ["tables", name], tuple(bases))
        for name, one in fields.mapping(top["tables"], ["tables"]).items()
    }
    plan = Plan(
        title=fields.text(top, "title", [], needed=True),
        version=fields.whole(top, "version", [], low=1),
        purpose=fields.text(top, "purpose", [], needed=True),
        recipient=fields.text(top, "recipient", [], needed=True),
        place=fields.text(top, "place", [], among=("inside", "outside")) or "outside",
        domain=domain,
        tables=tables,
        bases={key: one for key, one in bases.items() if one is not None},
        keys=_key_identities(fields, top.get("keys", {})),
        views=_views(fields, top.get("views", {})),
        source=plain(located.value),
    )
    _together(fields, plan)
    fields.stop()
    return plan


def plain(value: Any) -> Any:
    """YAML's days and times as text, so that the value is JSON."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def _domain(fields: Fields, domain: str) -> None:
    if domain:
        try:
            check_domain(domain)
        except InputError:
            fields.wrong(["domain"], "domain_name")


def _key_identities(fields: Fields, value: Any) -> tuple[KeyIdentity, ...]:
    """Domain → version and check value of the key that was used before."""
    found = []
    for domain, one in fields.mapping(value, ["keys"]).items():
        path: Path = ["keys", domain]
        parts = fields.mapping(one, path, known=("version", "check"), needed=("version", "check"))
        found.append(
            KeyIdentity(domain, fields.whole(parts, "version", path, low=1), fields.text(parts, "check", path, needed=True))
        )
    return tuple(found)


def _basis(fields: Fields, key: str, value: Any, path: Path) -> Basis | None:
    found = fields.mapping(value, path, known=_BASIS, needed=_BASIS_NEEDED)
    texts = {name: fields.text(found, name, path, needed=True) for name in ("who", "document", "confirmed_by")}
    ends = fields.text(found, "ends", path, needed=True, among=("return", "erase"))
    signed, until = fields.day(found, "signed_on", path), fields.day(found, "until", path)
    if signed is None or until is None:
        return None
    if until < signed:
        fields.wrong([*path, "until"], "until_before_signed")
    return Basis(id=key, **texts, ends=ends, signed_on=signed, until=until, confirmed_on=fields.day(found, "confirmed_on", path))


def _table(fields: Fields, name: str, value: Any, path: Path, bases: tuple[str, ...]) -> TablePlan:
    found = fields.mapping(value, path, known=_TABLE, needed=() if _left_out(value) else ("columns",))
    columns = {
        heading: column_plan(fields, heading, one, [*path, "columns", heading], bases)
        for heading, one in fields.mapping(found.get("columns", {}), [*path, "columns"]).items()
    }
    unique = found.get("unique", [])
    if not isinstance(unique, list):
        fields.wrong([*path, "unique"], "expects_list")
        unique = []
    return TablePlan(
        name=name,
        columns=columns,
        include=fields.flag(found, "include", path, default=True),
        primary_key=fields.texts(found, "primary_key", path),
        unique=tuple(fields.texts({"unique": one}, "unique", path) for one in unique),
        foreign_keys=_foreign(fields, found.get("foreign_keys", []), [*path, "foreign_keys"]),
    )


def _left_out(value: Any) -> bool:
    return isinstance(value, dict) and value.get("include") is False


def _foreign(fields: Fields, value: Any, path: Path) -> tuple[ForeignKey, ...]:
    if not isinstance(value, list):
        fields.wrong(path, "expects_list")
        return ()
    keys = []
    for number, one in enumerate(value):
        place = [*path, number]
        found = fields.mapping(one, place, known=("columns", "table", "referred"), needed=("columns", "table", "referred"))
        own, other = fields.texts(found, "columns", place), fields.texts(found, "referred", place)
        if len(own) != len(other):
            fields.wrong(place, "key_lengths")
        keys.append(ForeignKey(own, fields.text(found, "table", place, needed=True), other))
    return tuple(keys)


def column_plan(fields: Fields, name: str, value: Any, path: Path, bases: tuple[str, ...] = ()) -> ColumnPlan:
    """What a plan says about one column; a plain word stands for ``{transform: word}``."""
    found = fields.mapping({"transform": value} if isinstance(value, str) else value, path, needed=("transform",))
    own = {key: one for key, one in found.items() if key in OWN_FIELDS}
    rest = {key: one for key, one in found.items() if key not in OWN_FIELDS}
    action, transform = _action(fields, rest, path)
    kinds = frozenset(fields.texts(own, "kinds", path))
    basis = fields.text(own, "basis", path)
    if basis and basis not in bases:
        fields.wrong([*path, "basis"], "basis_unknown", basis=basis)
    if transform is not None and not transform.removes and kinds & set(PROTECTED):
        fields.wrong([*path, "transform"], "protected_number", transform=transform.name)
    if action is Action.KEEP and kinds & set(PROTECTED):
        fields.wrong([*path, "transform"], "protected_number", transform="keep")
    return ColumnPlan(
        name=name,
        action=action,
        transform=transform,
        kinds=kinds,
        reason=fields.text(own, "reason", path),
        confidence=fields.share(own, "confidence", path),
        basis=basis,
        not_my_number=fields.text(own, "not_my_number", path),
        not_personal=fields.text(own, "not_personal", path),
    )


def _action(fields: Fields, rest: dict[str, Any], path: Path) -> tuple[Action, Transform | None]:
    word = rest.get("transform")
    if word in {"keep", "undecided"}:
        for key in rest:
            if key != "transform":
                fields.wrong([*path, key], "field_unknown", field=key, known=", ".join(("transform", *OWN_FIELDS)))
        return Action(word), None
    if "transform" not in rest:
        return Action.UNDECIDED, None
    try:
        return Action.TRANSFORM, transform_from_plan(rest, ".".join(str(one) for one in path))
    except InputError as error:
        for one in error.problems:
            key = str(one.column or "").rpartition(".")[2]
            line = fields.located.line([*path, key])
            fields.problems.append(type(one)(one.code, one.fields, fields.file, line, one.column))
        return Action.UNDECIDED, None


def _views(fields: Fields, value: Any) -> tuple[View, ...]:
    views = []
    for role, tables in fields.mapping(value, ["views"]).items():
        seen = {
            table: {
                name: column_plan(fields, name, one, ["views", role, table, name])
                for name, one in fields.mapping(columns, ["views", role, table]).items()
            }
            for table, columns in fields.mapping(tables, ["views", role]).items()
        }
        views.append(View(role=role, tables=seen))
    return tuple(views)


def _together(fields: Fields, plan: Plan) -> None:
    """What must fit together over the plan: bases of kept columns, keys of columns that exist, entities beside."""
    for table, column in plan.columns():
        _alone(fields, plan, table, column)
    for table in plan.tables.values():
        if table.include:
            _keys(fields, plan, table)
    for view in plan.views:
        for name, columns in view.tables.items():
            for column in columns.values():
                _viewed(fields, plan, name, column, ["views", view.role, name, column.name])


def _viewed(fields: Fields, plan: Plan, table: str, column: ColumnPlan, path: Path) -> None:
    """A view shows columns that there are, finds those that its transforms need, and leaves nothing of a protected number."""
    known = plan.tables[table].columns if table in plan.tables else {}
    if column.name not in known:
        fields.wrong(path, "view_unknown", table=table, column=column.name)
        return
    transform = column.transform
    for other in transform.needs() if transform is not None else ():
        if other not in known:
            fields.wrong(path, "needs_column", column=other)
    removes = transform is not None and transform.removes
    if column.action is not Action.UNDECIDED and not removes and (known[column.name].kinds - column.kinds) & set(PROTECTED):
        word = column.action.value if transform is None else transform.name
        fields.wrong([*path, "transform"], "protected_number", transform=word)


def _alone(fields: Fields, plan: Plan, table: TablePlan, column: ColumnPlan) -> None:
    path: Path = ["tables", table.name, "columns", column.name]
    if column.action is Action.KEEP and column.personal:
        if not column.basis:
            fields.wrong(path, "keep_without_basis", kinds=", ".join(sorted(column.kinds & PERSONAL)))
        elif plan.place != "inside":
            fields.wrong(path, "keep_outside")
    for other in column.transform.needs() if column.transform is not None else ():
        if other not in table.columns:
            fields.wrong(path, "needs_column", column=other)


def _keys(fields: Fields, plan: Plan, table: TablePlan) -> None:
    path: Path = ["tables", table.name]
    for where, names in [("primary_key", table.primary_key), *(("unique", one) for one in table.unique)]:
        for name in names:
            if name not in table.columns:
                fields.wrong([*path, where], "key_column", column=name, table=table.name)
    for number, key in enumerate(table.foreign_keys):
        other = plan.tables.get(key.table)
        for name in key.columns:
            if name not in table.columns:
                fields.wrong([*path, "foreign_keys", number], "key_column", column=name, table=table.name)
        for name in key.referred:
            if other is None or name not in other.columns:
                fields.wrong([*path, "foreign_keys", number], "key_column", column=name, table=key.table)
        if other is not None and other.include:
            _same_transform(fields, table, other, key, [*path, "foreign_keys", number])


def _same_transform(fields: Fields, table: TablePlan, other: TablePlan, key: ForeignKey, path: Path) -> None:
    """A key that is masked one way here and another there no longer joins."""
    for own, referred in zip(key.columns, key.referred, strict=False):
        here, there = table.columns.get(own), other.columns.get(referred)
        if here is None or there is None or here.dropped or there.dropped:
            continue
        if Action.UNDECIDED not in {here.action, there.action} and here.transform != there.transform:
            fields.wrong(path, "key_transforms", column=own, other=f"{other.name}.{referred}")
        elif here.transform is not None and not here.transform.traits.consistent:
            fields.wrong(path, "key_not_consistent", column=own, transform=here.transform.name)
