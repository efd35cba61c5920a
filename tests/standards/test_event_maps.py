"""Field maps of logs: every included one is sound, and faults in an organisation's own are named by line."""

from __future__ import annotations

import json

import pytest

from sekisho.errors import InputError
from sekisho.standards import event_maps, texts
from sekisho.standards.catalog import data_directory
from sekisho.standards.validate import validate_file

HEAD = "event_map: 1\nid: gate\ntitle: {ja: 門, en: Gate}\nreference: {ja: 自製, en: own}\n"


def test_committed_schema_is_what_the_types_say():
    committed = data_directory().joinpath("schemas", "event_map.json").read_text(encoding="utf-8")
    assert json.loads(committed) == json.loads(json.dumps(event_maps.schema()))


def test_included_maps_are_those_of_the_issue():
    assert set(event_maps.event_maps()) >= {
        "aws.cloudtrail", "csv", "door", "fortigate", "ifilter", "iis", "json", "lanscope", "linux.audit", "linux.auth", "linux.dpkg", "mail",
        "skysea", "squid", "syslog", "web.access", "web.error", "windows", "zeek", "zeek_json",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(event_maps.event_maps()))
def test_each_included_map_reads_as_its_own_file(name):
    for path in data_directory().joinpath("events").iterdir():
        found = event_maps.read_event_map(path.read_bytes(), filename=path.name)
        if found.id == name:
            assert found == event_maps.event_maps()[name]
            return
    pytest.fail(name)


@pytest.mark.parametrize(
    ("case", "rest", "code", "row"),
    [
        ("a pattern that does not compile", "reader: lines\npatterns: ['(?P<a>[']\n", "standards.event_pattern", 6),
        ("a pattern without groups", "reader: lines\npatterns: ['abc']\n", "standards.event_pattern_groups", 6),
        ("lines without patterns", "reader: lines\n", "standards.event_map_needs", 5),
        ("a table without a time", "reader: csv\n", "standards.event_map_needs", 5),
        ("a broken pattern of messages", "reader: syslog\nmessages: [{pattern: '('}]\n", "standards.event_pattern", 6),
        ("an unknown key", "reader: json\nreaders: x\n", "standards.schema", 1),
        ("an unknown reader", "reader: xml\n", "standards.schema", 5),
    ],
)
def test_faults_are_named_by_line(case, rest, code, row, tmp_path):
    with pytest.raises(InputError) as caught:
        event_maps.read_event_map((HEAD + rest).encode(), filename="gate.yaml")
    (problem,) = caught.value.problems
    assert (problem.code, problem.row, problem.file) == (code, row, "gate.yaml"), case
    assert texts.known(problem.code)
    path = tmp_path / "gate.yaml"
    path.write_text(HEAD + rest, encoding="utf-8")
    assert [one.code for one in validate_file(path)] == [code]
