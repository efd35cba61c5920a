"""The description is OpenAPI 3.1, names each operation once, says how each may be refused, and forgets no action."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import pytest
from django.urls import resolve
from pydantic import BaseModel
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from sekisho.records.organization.principals import Principal
from sekisho.web import rooms
from sekisho.web.api import api
from sekisho.web.api_root import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDS: Final = Path(__file__).resolve().parents[2] / "src" / "sekisho" / "records"
DOCUMENT: Final[dict[str, Any]] = json.loads(json.dumps(api.get_openapi_schema()))

MODULES: Final = ("actions", "accounts")
# Actions that take a principal and have no operation of their own, each with why.
NOT_OVER_HTTP: Final = {
    "assessment.tick": "the scheduler's",
    "incidents.measure_all": "the scheduler's",
    "intelligence.expire": "the scheduler's",
    "intelligence.measure": "the scheduler's",
    "intelligence.measure_all": "the scheduler's",
    "intelligence.poll_due": "the scheduler's",
    "intelligence.preview_briefing": "the page shows it before POST /intelligence/briefings freezes the same",
    "monitoring.apply_retention": "the scheduler's",
    "monitoring.expire_suppressions": "the scheduler's",
    "monitoring.watch_folders": "the scheduler's",
    "assessment.take_over": "done by handing over a bought system: POST /procurement/cases/{case_id}/hand-over",
    "assessment.set_targets": "done by the grade of a system: POST /procurement/gradings/{grading_id}/targets",
    "duties.complete_by_source": "other rooms' actions call it when what was due happened",
    "duties.escalate_overdue": "the scheduler's",
    "duties.set_duty": "other rooms' actions call it",
    "evidence.link_requirements": "done by handing over a bought system, with the documents of its acceptance",
    "jobs.enqueue": "each job has the operation of what it does",
    "jobs.tick": "the scheduler's",
    "requests.remind": "the scheduler's",
    "subjects.suspend_machine": "done by taking in a report that gives a copied machine away",
    "measurement.issue_report": "renders four files: POST /reports/{report_id}/issue runs it as the job report.issue",
}


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


OPERATIONS: Final = dict(operations())


def test_the_document_conforms_to_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [f"{error.instance_path}: {error.message[:200]}" for error in OPENAPI_31_VALIDATOR.iter_errors(DOCUMENT)] == []


def test_the_official_schema_would_find_a_wrong_document() -> None:
    wrong = json.loads(json.dumps(DOCUMENT))
    wrong["paths"]["/api/v1/me"]["get"]["responses"] = {"two hundred": {}}
    assert not OPENAPI_31_VALIDATOR.is_valid(wrong)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def test_every_reference_leads_somewhere() -> None:
    for reference in set(references(DOCUMENT)):
        found: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found, reference


def test_operation_ids_are_unique_and_say_what_for() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert sorted(ids) == sorted(set(ids))
    assert [one for one in ids if not one.isidentifier() or one.startswith("sekisho")] == []


def test_every_operation_says_what_it_does_and_who_may_call_it() -> None:
    incomplete = [
        name
        for name, operation in OPERATIONS.items()
        if not (operation.get("summary") and operation.get("description") and operation.get("tags") and operation.get("security"))
    ]
    assert incomplete == []


@pytest.mark.parametrize("status", sorted(REFUSALS))
def test_every_operation_says_how_it_may_be_refused(status: int) -> None:
    reference = {"$ref": f"#/components/responses/{REFUSALS[status][0]}"}
    without_body = {400, 413}
    wrong = [
        name
        for name, operation in OPERATIONS.items()
        if ("requestBody" in operation or status not in without_body) and operation["responses"].get(str(status)) != reference
    ]
    assert wrong == []
    schema = DOCUMENT["components"]["responses"][REFUSALS[status][0]]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Errors"}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    return DOCUMENT["components"]["schemas"][reference.rsplit("/", 1)[-1]] if reference else schema


def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object with named members within a schema."""
    schema = resolved(schema)
    if "properties" in schema:
        yield schema
        for one in schema["properties"].values():
            yield from objects(one)
    for one in [*schema.get("anyOf", []), *schema.get("allOf", []), schema.get("items")]:
        if isinstance(one, dict):
            yield from objects(one)


def test_bodies_and_all_within_them_name_every_field_that_they_take() -> None:
    # An envelope from a collector of another version may carry what this one does not know: it is held, not refused.
    tolerant = {"POST /api/v1/observations"}
    open_ones = [
        name
        for name, operation in OPERATIONS.items()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if name not in tolerant and any(one.get("additionalProperties") is not False for one in objects(content["schema"]))
    ]
    assert open_ones == []


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation)
    for one in get_args(annotation):
        yield from models(one)


def test_two_schemas_never_share_a_name() -> None:
    found: dict[str, set[type[BaseModel]]] = {}
    for router in api._get_bound_routers():
        for view in router.path_operations.values():
            for operation in view.operations:
                wrappers = [*operation.models, *(one for one in operation.response_models.values() if isinstance(one, type))]
                for wrapper in wrappers:
                    for field in wrapper.model_fields.values():
                        for model in models(field.annotation):
                            found.setdefault(model.__name__, set()).add(model)
    assert {name: made for name, made in found.items() if len(made) > 1} == {}


def test_every_described_address_leads_to_its_own_operation() -> None:
    """An address that an earlier pattern takes would answer 405 to a method that is described."""
    wrong = []
    for path, methods in DOCUMENT["paths"].items():
        parameters = {
            p["name"]: p["schema"] for operation in methods.values() for p in operation["parameters"] if p["in"] == "path"
        }
        concrete = path
        for name, schema in parameters.items():
            value = "01234567-89ab-4def-8123-456789abcdef" if schema.get("format") == "uuid" else "7"
            concrete = concrete.replace("{" + name + "}", value)
        allowed = {m.lower() for m in _methods(resolve(concrete).func)}
        wrong += [f"{method} {path}" for method in methods if method not in allowed]
    assert wrong == []


def _methods(view: Any) -> set[str]:
    path_view = inspect.getclosurevars(view).nonlocals["self"]
    return {method for operation in path_view.operations for method in operation.methods}


def public_actions() -> Iterator[tuple[str, str]]:
    """Room and name of every function in a room's ``actions`` whose first argument is a principal."""
    for room in rooms.ROOMS:
        for module in MODULES:
            try:
                actions = importlib.import_module(f"sekisho.records.{room}.{module}")
            except ModuleNotFoundError:
                continue
            for name in actions.__all__:
                function = getattr(actions, name)
                if inspect.isfunction(function) and _takes_principal(function):
                    yield room, name


def _takes_principal(function: Any) -> bool:
    first = next(iter(inspect.signature(function).parameters.values()), None)
    return first is not None and first.name == "principal" and first.annotation in {Principal, "Principal"}


def called_from_the_api() -> dict[str, set[str]]:
    """For each room, what its API modules name of its actions: ``actions.create`` → create."""
    found: dict[str, set[str]] = {}
    for room in rooms.ROOMS:
        package = importlib.import_module(f"sekisho.records.{room}")
        names = found.setdefault(room, set())
        for module in pkgutil.iter_modules(package.__path__):
            if module.name.startswith("api"):
                files = (
                    [RECORDS / room / f"{module.name}.py"] if not module.ispkg else (RECORDS / room / module.name).glob("*.py")
                )
                for file in files:
                    tree = ast.parse(file.read_text(encoding="utf-8"))
                    names |= {
                        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _named(node.value) in MODULES
                    }
    return found


def _named(value: ast.expr) -> str:
    return value.id if isinstance(value, ast.Name) else ""


def test_every_action_of_every_room_can_be_called_over_http() -> None:
    called = called_from_the_api()
    assert len(list(public_actions())) > 50
    missing = [
        f"{room}.{name}" for room, name in public_actions() if f"{room}.{name}" not in NOT_OVER_HTTP and name not in called[room]
    ]
    assert missing == []


def test_the_list_of_what_has_no_operation_is_not_longer_than_needed() -> None:
    actions = {f"{room}.{name}" for room, name in public_actions()}
    called = called_from_the_api()
    stale = [name for name in NOT_OVER_HTTP if name not in actions or name.split(".")[1] in called[name.split(".")[0]]]
    assert stale == []


def test_every_room_with_an_api_is_in_the_document() -> None:
    tags = {tag for operation in OPERATIONS.values() for tag in operation["tags"]}
    assert tags == {module.split(".")[2] for module in rooms.api_modules()}
