"""Validation of a user's file names file, line and path of everything that is wrong; the command line speaks and exits."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sekisho.cli.standards import app
from sekisho.errors import InputError
from sekisho.standards import catalog as data
from sekisho.standards import texts, validate
from sekisho.standards.own_rules import template_xlsx
from sekisho.standards.rule_sets import rule_set_ids
from sekisho.standards.validate import validate_file
from sekisho.standards.yamlfile import read_untrusted_yaml

runner = CliRunner()


def own(**changes):
    text = {"ja": "文", "en": "text"}
    base = {
        "id": "own", "edition": "1", "title": text, "issuer": text, "unit": text, "status": "current", "source": {"documents": []},
        "confidence": "high", "confidence_note": text,
        "requirements": [{"id": "1", "title": text, "summary": text}, {"id": "2", "parent": "1", "title": text, "summary": text}],
    }  # fmt: skip
    return {**base, **changes}


def row(number, **changes):
    return {"id": str(number), "title": {"ja": "文", "en": "text"}, "summary": {"ja": "文", "en": "text"}, **changes}


def check(tmp_path, content, name="own.yaml"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode())
    found = validate_file(path)
    assert all(texts.known(p.code) and (p.file == name) for p in found)
    return [(p.code.removeprefix("standards."), p.column) for p in found]


def test_a_sound_file_has_no_problems(tmp_path):
    assert check(tmp_path, own()) == []


WRONG = {
    "unknown field": (own(extra=1), ("schema", ".")),
    "status": (own(status="maybe"), ("schema", "status")),
    "english missing": (own(title={"ja": "文"}), ("schema", "title")),
    "english blank": (own(title={"ja": "文", "en": " "}), ("text_missing", "title.en")),
    "english is japanese": (own(title={"ja": "文", "en": "ひらがな", "translation": "ours"}), ("text_not_english", "title.en")),
    "double id": (own(requirements=[row(1), row(1)]), ("duplicate_id", "requirements.0")),
    "unknown parent": (own(requirements=[row(1, parent="9")]), ("unknown_parent", "requirements.0.parent")),
    "own parent": (own(requirements=[row(1, parent="1")]), ("parent_cycle", "requirements.0.parent")),
    "ring": (own(requirements=[row(1, parent="2"), row(2, parent="1")]), ("parent_cycle", "requirements.0.parent")),
    "mapping to nowhere": (
        own(requirements=[row(1, mappings=[{"catalog": "annex_a_2022", "ids": ["5.99"]}])]),
        ("unknown_mapping", "requirements.0.mappings.0.ids"),
    ),
    "mapping to no catalogue": (
        own(requirements=[row(1, mappings=[{"catalog": "nope", "ids": ["1"]}])]),
        ("unknown_catalog", "requirements.0.mappings.0"),
    ),
    "unknown attribute": (
        own(requirements=[row(1, attributes={"colour": ["red"]})]),
        ("unknown_attribute", "requirements.0.attributes.colour"),
    ),
    "rule for nothing": (
        {
            "catalog": "annex_a_2022",
            "rules": [
                {
                    "id": "r",
                    "requirements": ["5.99"],
                    "when": {"network_zone": ["lgwan"]},
                    "applicable": False,
                    "reason": "assessment.zone_differs",
                    "verified": "proposal",
                }
            ],
        },
        ("unknown_mapping", "rules.0.requirements"),
    ),
    "no known kind": ({"hello": 1}, ("unknown_kind", "")),
    "a list": ([1, 2], ("unknown_kind", "")),
    "empty": (b"", ("yaml_empty", "")),
    "cp932": ("id: 規程".encode("cp932"), ("not_utf8", "")),
    "broken yaml": (b"a: [1, 2\nb: }", ("yaml_broken", "")),
    "alias": (b"a: &x [1]\nb: *x", ("yaml_alias", "")),
    "deep": (b"[" * 100 + b"]" * 100, ("too_deep", "")),
    "double key": (b"a: 1\nb: 2\na: 3", ("yaml_duplicate_key", "")),
    "python object": (b"a: !!python/object/apply:os.system ['true']", ("yaml_broken", "")),
}


@pytest.mark.parametrize("case", WRONG)
def test_each_mistake_is_named(tmp_path, case):
    content, expected = WRONG[case]
    assert expected in check(tmp_path, content)


def test_the_line_is_the_line_of_the_mistake(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("measures:\n  - key: a.b\n    unit: count\n    direction: sideways\n", encoding="utf-8")
    assert (path.name, 4, "measures.0.direction") in [(p.file, p.row, p.column) for p in validate_file(path)]


def test_other_formats_are_routed_to_their_readers(tmp_path):
    assert check(tmp_path, template_xlsx("ja"), "own.xlsx") == []
    assert check(tmp_path, b"{}", "own.json") == [("oscal_not_catalog", "")]
    assert check(tmp_path, b"no zip", "own2.xlsx") == [("xlsx_not_zip", "")]
    assert validate_file(Path("examples/oscal/example_rules_catalog.json")) == ()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80).map(str.encode) | st.binary(max_size=80))
def test_any_bytes_are_yaml_or_an_input_error(content):
    try:
        read_untrusted_yaml(content, filename="any.yaml")
    except InputError as error:
        assert error.code.startswith("standards.")  # noqa: PT017 - either outcome is right


def run(*words):
    return runner.invoke(app, list(words))


def test_list_prints_the_catalogues_with_their_counts():
    listed = {c["id"]: c["items"] for c in json.loads(run("list", "--json").stdout)}
    assert listed == {"annex_a_2022": 93, "isms_clauses": 41, "municipal_guideline": 33, "sbd": 28, "unified_standard_r5": 59}


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    "words",
    [("list",), ("show", "annex_a_2022"), ("show", "annex_a_2022", "8.28"), ("show", "retention", "RT01"), ("search", "委託")],
)
def test_reading_commands_speak_both_languages(monkeypatch, lang, words):
    monkeypatch.setenv("SEKISHO_LANG", lang)
    done = run(*words)
    assert done.exit_code == 0
    assert done.stdout.strip()
    assert run(*words, "--json").stdout[0] in "[{"


def test_every_item_of_every_catalogue_can_be_shown(monkeypatch):
    monkeypatch.setenv("SEKISHO_LANG", "en")
    for c in data.catalogs().values():
        shown = json.loads(run("show", c.id, "--json").stdout)
        assert len(shown["requirements"]) == len(c.requirements)


def test_validate_exits_with_1_and_lists_file_and_path(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(json.dumps(own(status="maybe")), encoding="utf-8")
    done = run("validate", str(path))
    assert done.exit_code == 1
    assert "own.yaml:" in done.stdout
    assert ":status:" in done.stdout
    told = json.loads(run("validate", str(path), "--json").stdout)
    assert not told["ok"]
    assert told["problems"][0]["path"] == "status"


def test_validate_of_our_own_data_is_clean():
    done = run("validate", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["problems"] == []


def test_the_template_is_written_once_and_never_over_something(tmp_path):
    out = tmp_path / "own.xlsx"
    assert run("template", "--out", str(out)).exit_code == 0
    before = out.read_bytes()
    assert run("template", "--out", str(out)).exit_code != 0
    assert out.read_bytes() == before


def test_a_missing_id_is_not_found():
    assert run("show", "nope").exception.code == "standards.not_found"
    assert run("show", "annex_a_2022", "99").exception.code == "standards.requirement_not_found"


def test_rule_sets_are_validated_with_the_rest(monkeypatch):
    monkeypatch.setattr(validate, "included_rule_files", lambda name: {f"{name}/rules.yaml": b"conditions: 1\n"})
    assert {p.file for p in validate.validate_included()} >= {f"{name}/rules.yaml" for name in rule_set_ids()}


@pytest.mark.parametrize("key", ["~", "1", "2026-04-01", "yes", "1.5"])
def test_a_key_that_is_no_text_is_refused_by_its_line(key):
    with pytest.raises(InputError) as caught:
        read_untrusted_yaml(f"a: 1\nb: {{{key}: 2}}\n".encode(), filename="x.yaml")
    assert [(p.code, p.row) for p in caught.value.problems] == [("standards.yaml_key_not_text", 2)]
