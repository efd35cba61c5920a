"""OSCAL catalogs of anybody: tolerant of the unknown, exact about errors, bounded."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import InputError
from sekisho.standards import oscal, texts
from sekisho.standards.oscal import read_oscal_catalog, warnings_of

EXAMPLE = Path("examples/oscal/example_rules_catalog.json")


def read(value, name="made.json"):
    return read_oscal_catalog(json.dumps(value).encode(), filename=name)


def made(controls=None, **extra):
    controls = [{"id": "a-1", "title": "One"}] if controls is None else controls
    return {"catalog": {"metadata": {"title": "Made", "version": "1", "oscal-version": "1.1.3"}, "controls": controls, **extra}}


def test_our_example_keeps_hierarchy_order_and_fills_parameters():
    c = read_oscal_catalog(EXAMPLE, filename=EXAMPLE.name)
    assert [(r.id, r.parent) for r in c.requirements] == [
        ("mn-1", "group:mn-access"),
        ("mn-1.1", "mn-1"),
        ("mn-2", "group:mn-access"),
    ]
    first = c.get("mn-1")
    assert "半年に1回" in first.summary.ja
    assert "{{" not in first.summary.ja
    assert first.points[1].title.ja == "[Selection (one or more): 課室の長; [代わりの者]] が結果を確かめる。"
    assert first.attributes["label"] == ("手順-1",)
    assert first.note.ja == "使われない番号は、その日に止める。"
    assert c.warnings == ()


def test_withdrawn_controls_are_kept_but_not_judged_and_point_to_their_successor():
    c = read_oscal_catalog(EXAMPLE, filename=EXAMPLE.name)
    assert not c.get("mn-2").assessable
    assert c.get("mn-2").mappings[0].ids == ("mn-1",)


def test_a_catalogue_of_the_size_of_sp_800_53_loads_whole():
    families = []
    for f in range(20):
        controls = [
            {
                "id": f"f{f}-{n}",
                "title": f"Control {n}",
                "props": [
                    {"name": "label", "class": "zero-padded", "value": f"F{f}-0{n}"},
                    {"name": "label", "value": f"F{f}-{n}"},
                ],
                "params": [{"id": f"f{f}-{n}_odp", "label": "time"}],
                "parts": [{"name": "statement", "prose": f"Within {{{{ insert: param, f{f}-{n}_odp }}}}."}],
                "controls": [{"id": f"f{f}-{n}.{e}", "title": f"Enhancement {e}"} for e in range(1, 5)],
            }
            for n in range(1, 13)
        ]
        families.append({"id": f"f{f}", "title": f"Family {f}", "controls": controls})
    c = read(made(controls=[], groups=families))
    assert (len(c.requirements), len(c.groups)) == (1200, 20)
    assert c.get("f3-2").summary.en == "Within [time]."
    assert c.get("f3-2").attributes["label"] == ("F3-2",)
    assert c.get("f3-2.1").parent == "f3-2"


def test_unknown_fields_are_skipped_and_named_with_their_number():
    controls = [{"id": f"a-{n}", "title": "T", "x-new": {"deep": [1, {}]}} for n in range(3)]
    c = read(made(controls, **{"x-top": 1}))
    assert c.warnings == ("standards.oscal_unknown_field|catalog.x-top|1", "standards.oscal_unknown_field|control.x-new|3")
    assert [texts.render(p.code, p.fields, "en") for p in warnings_of(c)] == [
        "Skipped the unknown field “catalog.x-top” (1 places).",
        "Skipped the unknown field “control.x-new” (3 places).",
    ]


def test_a_field_name_with_a_bar_in_it_is_told_whole():
    assert warnings_of(read(made(**{"a|b|9": 1})))[0].fields == {"field": "catalog.a|b|9", "count": "1"}


HOSTILE = {
    "empty file": (b"", "standards.oscal_not_json"),
    "cut off": (json.dumps(made()).encode()[:-9], "standards.oscal_not_json"),
    "not utf-8": (json.dumps(made(), ensure_ascii=False).replace("Made", "規程").encode("cp932"), "standards.not_utf8"),
    "xml": (b"<catalog/>", "standards.oscal_not_json"),
    "a list": (b"[]", "standards.oscal_not_json"),
    "a profile": (b'{"profile": {}}', "standards.oscal_not_catalog"),
    "catalog is a number": (b'{"catalog": 3}', "standards.oscal_not_json"),
    "deep nesting": (b'{"catalog":{"metadata":' + b"[" * 200_000 + b"]" * 200_000 + b"}}", "standards.oscal_not_json"),
    "no metadata": (b'{"catalog": {"controls": [{"id": "a", "title": "b"}]}}', "standards.oscal_bad"),
    "no control": (json.dumps(made([])).encode(), "standards.oscal_bad"),
    "controls is text": (json.dumps(made("text")).encode(), "standards.oscal_bad"),
    "a control is text": (json.dumps(made(["text"])).encode(), "standards.oscal_bad"),
    "params is text": (json.dumps(made([{"id": "a", "title": "b", "params": "c"}])).encode(), "standards.oscal_bad"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_get_a_clear_error(case):
    content, code = HOSTILE[case]
    with pytest.raises(InputError) as raised:
        read_oscal_catalog(content, filename="h.json")
    assert raised.value.code == code
    assert raised.value.problems
    for problem in raised.value.problems:
        assert problem.file == "h.json"
        assert texts.known(problem.code)


def test_all_errors_are_collected_with_their_path():
    controls = [{"id": "a-1", "title": "One"}, {"id": "a-1", "title": "Again"}, {"title": "No id"}, {"id": "a-4"}]
    with pytest.raises(InputError) as raised:
        read(made(controls))
    found = {(p.code, p.column) for p in raised.value.problems}
    assert found == {
        ("standards.duplicate_id", "catalog.controls.1"),
        ("standards.oscal_missing", "catalog.controls.2"),
        ("standards.oscal_missing", "catalog.controls.3"),
    }


def test_too_deep_groups_are_refused():
    node = {"id": "deepest", "title": "t", "controls": [{"id": "a", "title": "b"}]}
    for n in range(40):
        node = {"id": f"g{n}", "title": "t", "groups": [node]}
    with pytest.raises(InputError) as raised:
        read(made([], groups=[node]))
    assert raised.value.problems[0].code == "standards.too_deep"


def test_parameters_that_name_each_other_in_a_ring_end():
    ring = [{"id": "p", "values": ["{{ insert: param, q }}"]}, {"id": "q", "values": ["{{ insert: param, p }}"]}]
    c = read(
        made([{"id": "a", "title": "T", "params": ring, "parts": [{"name": "statement", "prose": "{{ insert: param, p }}"}]}])
    )
    assert c.get("a").summary.en in {"[p]", "[q]"}
    assert c.warnings[0].startswith("standards.oscal_unresolved_param|")


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(oscal, "MAX_BYTES", 10)
    path = tmp_path / "big.json"
    path.write_bytes(b"x" * 11)
    with pytest.raises(InputError) as raised:
        read_oscal_catalog(path, filename="big.json")
    assert raised.value.fields == {"size": 11, "limit": 10}


def test_fifty_megabytes_load_within_bounds():
    controls = [{"id": f"a-{n}", "title": "T", "remarks-of-others": "x" * 5_000} for n in range(10_000)]
    content = json.dumps(made(controls)).encode()
    assert len(content) > 50_000_000
    assert len(read_oscal_catalog(content, filename="big.json").requirements) == 10_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "title",
                    "params",
                    "parts",
                    "props",
                    "links",
                    "controls",
                    "groups",
                    "name",
                    "value",
                    "prose",
                    "select",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(json_values)
def test_any_json_is_read_or_refused_with_reasons(value):
    try:
        c = read(made([], groups=value, controls2=value))
    except InputError as error:
        assert error.problems  # noqa: PT017 - either outcome is right
    else:
        assert c.requirements


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_reasons(content):
    with pytest.raises(InputError):
        read_oscal_catalog(content, filename="any")
