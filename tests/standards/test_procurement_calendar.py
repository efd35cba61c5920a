"""The calendar's data and the gates: sound as they are; every fault of somebody's own file is named with file and line."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import InputError
from sekisho.records.organization.permissions import Role
from sekisho.standards import catalog as data
from sekisho.standards import lifecycle_gates, procurement_calendar, texts
from sekisho.standards.validate import included_files, validate_file

LOADER, DUMPER = getattr(yaml, "CSafeLoader", yaml.SafeLoader), getattr(yaml, "CSafeDumper", yaml.SafeDumper)
FOLDER = data.data_directory().joinpath("procurement")
CALENDAR = FOLDER.joinpath("calendar.yaml").read_bytes()
GATES = FOLDER.joinpath("gates.yaml").read_bytes()
FACTS = {item["id"] for item in data.read_yaml(data.data_directory().joinpath("facts", "procurement_rules.yaml"))["items"]}


@pytest.mark.parametrize("module", [procurement_calendar, lifecycle_gates], ids=["procurement_calendar", "lifecycle_gates"])
def test_the_committed_schema_is_the_one_of_the_types(module):
    name = module.__name__.rpartition(".")[2]
    committed = json.loads(data.data_directory().joinpath("schemas", f"{name}.json").read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(module.schema()))


def test_both_files_are_validated_with_the_standards():
    assert {"data/procurement/calendar.yaml", "data/procurement/gates.yaml"} <= included_files().keys()


def test_every_kind_of_body_has_rules_and_every_item_named_exists():
    calendar = procurement_calendar.procurement_calendar()
    assert {b.id for b in calendar.bodies} == set(data.body_kinds())
    named = (
        {r.item for p in calendar.periods for r in p.rules}
        | {s.item for s in calendar.steps}
        | {t.item for t in calendar.thresholds}
    )
    assert named - {""} <= FACTS


def test_only_what_was_compared_with_the_law_binds():
    for period in procurement_calendar.procurement_calendar().periods:
        for rule in period.rules:
            assert not rule.binding or rule.verified == "text", period.id


def test_the_thresholds_are_those_of_the_facts():
    raw = data.read_yaml(data.data_directory().joinpath("facts", "procurement_rules.yaml"))["sections"]["ja_only"][
        "gpa_thresholds"
    ]
    ours = procurement_calendar.procurement_calendar().thresholds[0]
    assert sorted(r.treaty_yen for r in ours.rows) == sorted(row["gpa_yen"] * 10_000 for row in raw["rows"])
    assert sorted(r.treaty_sdr for r in ours.rows) == sorted(row["gpa_sdr"] * 10_000 for row in raw["rows"])
    voluntary = sorted(row["voluntary_yen"] * 10_000 for row in raw["rows"] if row["voluntary_yen"])
    assert sorted(r.voluntary_yen for r in ours.rows if r.voluntary_yen) == voluntary
    assert f"{ours.first_day}〜{ours.last_day}" == raw["period"]


def changed(source, change):
    value = yaml.load(source, Loader=LOADER)
    change(value)
    value = json.loads(json.dumps(value))  # no value is shared: the file would have aliases
    return yaml.dump(value, Dumper=DUMPER, allow_unicode=True, sort_keys=False).encode()


def step(value, name):
    return next(s for s in value["steps"] if s["id"] == name)


def put(*path):
    """A change that sets the last of ``path`` at the place that the others name."""
    *place, last, new = path

    def change(value):
        for part in place:
            value = value[part]
        value[last] = new

    return change


def ring(value):
    step(value, "requirements")["after"] = [{"step": "award"}]


def own_ring(value):
    step(value, "requirements")["after"] = [{"step": "requirements"}]


WRONG_CALENDARS = {
    "unknown step": (lambda v: step(v, "award")["after"].append({"step": "party"}), "data_unknown_step"),
    "unknown period in a link": (lambda v: step(v, "award")["after"][0].update(at_least="nap"), "data_unknown_period"),
    "unknown period of a step": (lambda v: step(v, "draft").update(length="nap"), "data_unknown_period"),
    "unknown period of a deadline": (
        lambda v: step(v, "award_publication")["deadline"].update(within="nap"),
        "data_unknown_period",
    ),
    "cycle": (ring, "data_cycle"),
    "waits for itself": (own_ring, "data_cycle"),
    "negative days": (put("periods", 0, "rules", 0, "days", -5), "schema"),
    "days are words": (put("periods", 0, "rules", 0, "days", "ten"), "schema"),
    "days are a fraction": (put("periods", 0, "rules", 0, "days", 2.5), "schema"),
    "unknown unit": (put("periods", 0, "rules", 0, "unit", "moons"), "schema"),
    "unknown fact": (put("periods", 0, "rules", 0, "when", {"weather": ["fine"]}), "data_unknown_value"),
    "unknown answer": (put("periods", 0, "rules", 0, "when", {"urgent": ["perhaps"]}), "data_unknown_value"),
    "unquoted yes": (put("periods", 0, "rules", 0, "when", {"urgent": [True]}), "schema"),
    "no default": (lambda v: v["periods"][0]["rules"].pop(), "data_no_default"),
    "default too early": (lambda v: v["periods"][0]["rules"].insert(0, dict(v["periods"][0]["rules"][-1])), "data_unreachable"),
    "double step": (lambda v: v["steps"].append(dict(step(v, "draft"))), "data_double"),
    "double body": (lambda v: v["bodies"].append({"id": "national", "regime": "national"}), "data_double"),
    "unknown body": (lambda v: v["bodies"].append({"id": "guild", "regime": "own"}), "data_unknown_body"),
    "missing body": (lambda v: v["bodies"].pop(0), "data_body_missing"),
    "threshold ends before it begins": (put("thresholds", 0, "last_day", "2026-03-01"), "data_periods_overlap"),
    "overlapping thresholds": (lambda v: v["thresholds"].append({**v["thresholds"][0], "id": "again"}), "data_periods_overlap"),
    "negative threshold": (put("thresholds", 0, "rows", 0, "treaty_yen", -1), "schema"),
    "unknown contract step": (put("contract_step", "party"), "data_unknown_step"),
    "unknown notice step": (put("notice_steps", ["party"]), "data_unknown_step"),
    "not verified by a known way": (put("periods", 0, "rules", 0, "verified", "hearsay"), "schema"),
    "extra field": (put("joke", 1), "schema"),
    "english missing": (put("steps", 0, "title", {"ja": "文"}), "schema"),
    "a list": (lambda v: v.update(steps="none"), "schema"),
}


@pytest.mark.parametrize(("change", "code"), WRONG_CALENDARS.values(), ids=WRONG_CALENDARS.keys())
def test_a_wrong_calendar_is_refused_with_file_and_line(change, code, tmp_path):
    content = changed(CALENDAR, change)
    with pytest.raises(InputError) as error:
        procurement_calendar.read_calendar(content, filename="own.yaml")
    check_problems(error.value, code, content)
    path = tmp_path / "own.yaml"
    path.write_bytes(content)
    assert code in {p.code.rpartition(".")[2] for p in validate_file(path)}


def check_problems(error, code, content):
    assert code in {p.code.rpartition(".")[2] for p in error.problems}
    for problem in error.problems:
        assert problem.file == "own.yaml"
        assert problem.row is not None
        assert 1 <= problem.row <= content.count(b"\n") + 1
        assert texts.known(problem.code)
        assert "{" not in texts.render(problem.code, problem.fields, "ja").replace("{'", "")


def test_the_line_is_the_line():
    text = CALENDAR.decode().replace("length: draft_work", "length: draft_wrok")
    with pytest.raises(InputError) as error:
        procurement_calendar.read_calendar(text.encode(), filename="own.yaml")
    (problem,) = error.value.problems
    assert "draft_wrok" in text.splitlines()[problem.row - 1]


def test_a_long_chain_does_not_exhaust_the_stack():
    def chain(value):
        first = step(value, "draft")
        value["steps"] += [{**first, "id": f"s{n}", "after": [{"step": f"s{n + 1}"}]} for n in range(3000)]
        value["steps"].append({**first, "id": "s3000", "after": [{"step": "s0"}]})

    with pytest.raises(InputError) as error:
        procurement_calendar.read_calendar(changed(CALENDAR, chain), filename="own.yaml")
    assert {p.code for p in error.value.problems} == {"schedule.data_cycle"}


HOSTILE = {
    "empty": b"",
    "not yaml": b"a: [1",
    "bytes": b"\xff\xfe\x00",
    "alias bomb": b"a: &a [x]\nb: [*a, *a]\n",
    "python object": b"!!python/object/apply:os.system ['true']",
    "double keys": b"a: 1\na: 2\n",
    "a number": b"7",
    "deep": b"[" * 200 + b"]" * 200,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("read", [procurement_calendar.read_calendar, lifecycle_gates.read_gates])
def test_a_hostile_file_is_refused(read, content):
    with pytest.raises(InputError) as error:
        read(content, filename="own.yaml")
    assert error.value.problems
    assert all(p.file == "own.yaml" for p in error.value.problems)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    for read in (procurement_calendar.read_calendar, lifecycle_gates.read_gates):
        with pytest.raises(InputError):
            read(content, filename="own.yaml")


# -- gates


def test_the_gates_name_roles_of_the_house():
    assert {role.value for role in Role} >= lifecycle_gates.ROLES
    assert [gate.id for gate in lifecycle_gates.lifecycle_gates().gates] == list(lifecycle_gates.GATES)


def test_every_date_of_a_case_is_used_and_repetition_ends_with_operation():
    items = [item for gate in lifecycle_gates.lifecycle_gates().gates for item in gate.items]
    assert {item.offset.of for item in items} == {"notice", "contract", "delivery", "operation_start", "operation_end"}
    assert all(item.evidence for item in items)
    assert lifecycle_gates.lifecycle_gates().item("retire_erase").offset.of == "operation_end"


def item(value, number=0, gate=0):
    return value["gates"][gate]["items"][number]


def condition(new):
    return lambda v: item(v).update(condition=new)


WRONG_GATES = {
    "unknown role": (lambda v: item(v).update(who="wizard"), "data_unknown_role"),
    "unknown document": (lambda v: item(v).update(evidence=["poem"]), "data_unknown_document"),
    "double id": (lambda v: v["gates"][0]["items"].append(dict(item(v))), "data_double"),
    "wrong order": (lambda v: v["gates"].reverse(), "data_gate_order"),
    "gate missing": (lambda v: v["gates"].pop(), "data_gate_order"),
    "no items": (lambda v: v["gates"][0].update(items=[]), "schema"),
    "days too many": (lambda v: item(v)["offset"].update(days=99999), "schema"),
    "unknown date": (lambda v: item(v)["offset"].update(of="birthday"), "schema"),
    "never repeated": (lambda v: item(v)["offset"].update(every_months=0), "schema"),
    "condition is code": (condition("__import__('os')"), "data_condition"),
    "condition is a list": (condition([1]), "data_condition"),
    "empty group": (condition({"all": []}), "data_condition"),
    "unknown answer id": (condition({"answer": "mood", "is": "good"}), "data_condition"),
    "unknown value": (condition({"answer": "Q22", "is": "cumulus"}), "data_condition"),
    "unknown value inside": (condition({"any": [{"not": {"answer": "body", "is_any": ["guild"]}}]}), "data_condition"),
    "two operators": (condition({"answer": "Q22", "is": "saas", "is_any": ["iaas"]}), "data_condition"),
    "a condition of nobody": (condition({"condition": "A"}), "data_condition"),
}


@pytest.mark.parametrize(("change", "code"), WRONG_GATES.values(), ids=WRONG_GATES.keys())
def test_wrong_gates_are_refused_with_file_and_line(change, code):
    content = changed(GATES, change)
    with pytest.raises(InputError) as error:
        lifecycle_gates.read_gates(content, filename="own.yaml")
    check_problems(error.value, code, content)
