"""Editions and overlays: nothing is lost between two editions, and corrections survive or say that they clash."""

import msgspec
import pytest

from sekisho.errors import InputError
from sekisho.standards import texts
from sekisho.standards.catalog import catalog
from sekisho.standards.editions import Change, Moved, Overlay, apply_overlay, correct, diff_editions, overlay_conflicts
from sekisho.standards.model import Catalog, Mapping, Requirement, Source, Text

T = Text("文", "text")


def edition(catalog_id, rows):
    made = tuple(
        Requirement(id=i, title=Text(title, title), summary=T, unit=T, position=n, mappings=ties)
        for n, (i, title, ties) in enumerate(rows)
    )
    return Catalog(
        id=catalog_id, edition="1", title=T, issuer=T, unit=T, status="current", source=Source(()), confidence="high", confidence_note=T,
        requirements=made,
    )  # fmt: skip


def tie(*ids, relation="equal"):
    return (Mapping("old", ids, relation),)


def test_without_a_mapping_equal_ids_are_the_same():
    diff = diff_editions(
        edition("old", [("1", "a", ()), ("2", "b", ()), ("3", "c", ())]),
        edition("new", [("1", "a", ()), ("2", "B", ()), ("4", "d", ())]),
    )
    assert (diff.added, diff.removed, diff.unchanged) == (("4",), ("3",), ("1",))
    assert diff.changed == (Change("2", ("title",)),)


def test_a_mapping_tells_moved_merged_and_split_from_gone():
    old = edition("old", [("1", "a", ()), ("2", "b", ()), ("3", "c", ()), ("4", "d", ())])
    new = edition(
        "new",
        [
            ("1", "merged", tie("1", "2", relation="merged")),
            ("5", "c1", tie("3")),
            ("6", "c2", tie("3")),
            ("7", "n", (Mapping("old", (), "new"),)),
        ],
    )
    diff = diff_editions(old, new)
    assert diff.removed == ("4",)
    assert diff.added == ("7",)
    assert diff.moved == (Moved("2", ("1",), "merged"), Moved("3", ("5", "6"), "split"))


def test_every_old_requirement_is_accounted_for_once():
    old = edition("old", [(str(n), "t", ()) for n in range(20)])
    new = edition("new", [(str(n), "t" if n % 2 else "u", tie(str(n))) for n in range(5, 25)])
    diff = diff_editions(old, new)
    told = [*diff.removed, *(c.id for c in diff.changed), *(m.old_id for m in diff.moved), *diff.unchanged]
    assert sorted(told) == sorted(r.id for r in old.requirements)


def test_an_edition_does_not_differ_from_itself():
    annex = catalog("annex_a_2022")
    diff = diff_editions(annex, annex)
    assert (diff.added, diff.removed, diff.changed, diff.moved) == ((), (), (), ())
    assert len(diff.unchanged) == 93


def test_a_correction_is_applied_marked_and_leaves_the_rest():
    annex = catalog("annex_a_2022")
    made = correct(annex.get("8.9"), {"title": {"ja": "構成の管理"}, "applies_to": ["system"]}, note="購入した規格票で確認")
    fixed = apply_overlay(annex, Overlay("annex_a_2022", {"8.9": made}))
    assert fixed.get("8.9").title == Text("構成の管理", "Configuration management")
    assert fixed.get("8.9").applies_to == ("system",)
    assert fixed.get("8.9").verified["title"] == "user"
    assert [r for r in fixed.requirements if r.id != "8.9"] == [r for r in annex.requirements if r.id != "8.9"]
    assert annex.get("8.9").title.ja == "構成管理"


def test_a_correction_survives_storage_and_an_unrelated_upgrade():
    old = edition("c", [("1", "a", ()), ("2", "b", ())])
    overlay = Overlay("c", {"1": correct(old.get("1"), {"summary": {"ja": "直した", "en": "mended"}}, note="n")})
    stored = msgspec.json.decode(msgspec.json.encode(overlay), type=Overlay)
    upgraded = edition("c", [("1", "a2", ()), ("2", "b2", ())])
    assert apply_overlay(upgraded, stored).get("1").summary.ja == "直した"
    assert apply_overlay(upgraded, stored).get("1").title.ja == "a2"
    assert overlay_conflicts(upgraded, stored) == ()


def test_a_changed_original_and_a_vanished_requirement_are_conflicts():
    old = edition("c", [("1", "a", ()), ("2", "b", ())])
    overlay = Overlay("c", {i: correct(old.get(i), {"title": {"ja": "mine"}}, note="n") for i in ("1", "2")})
    conflicts = overlay_conflicts(edition("c", [("1", "changed upstream", ())]), overlay)
    assert [(p.code, p.fields["id"]) for p in conflicts] == [
        ("standards.overlay_conflict", "1"),
        ("standards.overlay_unknown_requirement", "2"),
    ]
    assert all(texts.known(p.code) for p in conflicts)


def test_wrong_corrections_are_all_named():
    with pytest.raises(InputError) as raised:
        correct(
            catalog("annex_a_2022").get("8.9"),
            {"id": "9", "applies_to": ["moon"], "title": {"ja": ""}, "assessable": True},
            note="n",
        )
    assert [(p.code, p.column) for p in raised.value.problems] == [
        ("standards.overlay_unknown_field", "id"),
        ("standards.overlay_bad_value", "applies_to"),
        ("standards.overlay_bad_value", "title"),
    ]


def test_an_overlay_of_another_catalogue_is_refused():
    with pytest.raises(InputError):
        apply_overlay(catalog("isms_clauses"), Overlay("annex_a_2022", {}))
