"""The privacy rules as data: schema as committed, every kind of body in one regime, faults named."""

import json

import pytest

from sekisho.errors import InputError
from sekisho.standards.catalog import body_kinds, data_directory
from sekisho.standards.privacy import column_roles, duties, read_duties, schemas

FILE = data_directory().joinpath("privacy", "duties.yaml").read_bytes()


@pytest.mark.parametrize("name", ["privacy_column_roles", "privacy_duties"])
def test_committed_schemas_are_those_of_the_types(name):
    committed = json.loads(data_directory().joinpath("schemas", f"{name}.json").read_text(encoding="utf-8"))
    committed.pop("$schema")
    assert committed == json.loads(json.dumps(schemas()[name]))


def test_every_kind_of_body_has_one_regime_with_duties():
    for body in body_kinds():
        regime = duties().regime(body)
        assert sum(regime.id in item.regimes for item in duties().items) > 10


def test_the_five_standards_of_processing_rest_on_figures_and_on_a_person():
    five = [item for item in duties().items if item.stage == "processing" and "第34条" in item.basis]
    assert len(five) == 5
    assert all(item.measured and all(m.person for m in item.measured) for item in five)


def test_words_of_headings_belong_to_one_kind():
    words = [word for kind in column_roles().kinds for word in kind.words]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"privacy_duties: 1", b"privacy_duties: 2"),
        (b"id: anon_codes", b"id: anon_links"),
        (b"regimes: [private]", b"regimes: [moon]"),
        (b"bodies: [nuc]", b"bodies: [company]"),
        (b"stage: processing", b"stage: someday"),
        (b"operator: equals", b"operator: roughly"),
    ],
)
def test_a_faulty_file_is_refused_by_name(old, new):
    with pytest.raises(InputError) as caught:
        read_duties(FILE.replace(old, new, 1), filename="own.yaml")
    assert caught.value.code == "privacy.data_wrong"
    assert caught.value.problems[0].file == "own.yaml"
