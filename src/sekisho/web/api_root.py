"""What holds for every operation of every room: strict bodies, and a description that names each refusal.

Rooms only write their endpoints. That an unknown field is refused, that text fits into every database, and that each operation
documents how it may be refused is settled here, once.
"""

from __future__ import annotations

import copy
import functools
import json
import math
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast, get_args

from ninja import NinjaAPI
from ninja.parser import Parser
from pydantic import BaseModel

from sekisho.errors import InputError
from sekisho.records.api_base import Errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest
    from django.utils.datastructures import MultiValueDict
    from ninja import Router
    from ninja.openapi.schema import OpenAPISchema
    from ninja.operation import Operation

__all__ = ["DEEPEST", "REFUSALS", "Api", "StrictParser"]

DEEPEST: Final = 32
REFUSALS: Final = {
    400: ("BadRequest", "The body cannot be read."),
    401: ("Unauthorized", "Nobody, or a token that does not work."),
    403: ("NotPermitted", "May be seen, may not be done."),
    404: ("NotFound", "Does not exist, or not for this asker."),
    409: ("Conflict", "Somebody was faster, or the state does not allow it."),
    413: ("TooLarge", "The body is too large."),
    422: ("InputError", "The input cannot be used; `problems` names every place."),
    503: ("Unavailable", "The database or the disk is locked or full; try again."),
}
_FORMS: Final = ("multipart/form-data", "application/x-www-form-urlencoded")
_ERRORS_REF: Final = {"$ref": "#/components/schemas/Errors"}


def _refuse_constant(name: str) -> NoReturn:
    raise InputError("input.not_finite", value=name)


def _check(value: Any) -> None:
    """Raise InputError for what no database of ours can keep: NUL, half a character, infinite numbers, bottomless nesting."""
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        if isinstance(one, str):
            _check_text(one)
        elif isinstance(one, float) and not math.isfinite(one):
            raise InputError("input.not_finite", value=str(one))
        elif isinstance(one, dict | list):
            if depth > DEEPEST:
                raise InputError("input.too_deep", limit=DEEPEST)
            if isinstance(one, dict):
                waiting += [(key, depth) for key in one]
            waiting += [(item, depth + 1) for item in (one.values() if isinstance(one, dict) else one)]


def _check_text(text: str) -> None:
    # PostgreSQL refuses U+0000; no encoding can write half of a surrogate pair.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError("input.not_text")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are each given once: readers disagree on which of two would count."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise InputError("input.name_twice", name=next(name for name in names if names.count(name) > 1))
    return found


class StrictParser(Parser):
    """JSON as RFC 8259 has it, without what only Python reads, and text that every database keeps."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The body. The framework turns what is raised here into an HttpError with this as its cause."""
        data: dict[str, Any] = json.loads(request.body, parse_constant=_refuse_constant, object_pairs_hook=_once)
        _check(data)
        return data

    def parse_querydict(self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest) -> dict[str, Any]:
        """The query, a form, or the files."""
        for name, values in data.lists():
            _check([name, *(value for value in values if isinstance(value, str))])
        found: dict[str, Any] = super().parse_querydict(data, list_fields, request)
        return found


class Api(NinjaAPI):
    """The API of all rooms."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parser=StrictParser(), **options)
        self._described: dict[str, dict[str, Any]] = {}

    def mount(self, router: Router) -> None:
        """Add a room's router; from now on its operations refuse what they do not know in body, form and query."""
        for operation in _operations(router):
            for wrapper in operation.models:
                if _source(wrapper) == "body":
                    for model in _models_in(wrapper):
                        _forbid_unknown(model)
            operation.view_func = _knowing_its_names(operation)
        self.add_router("", router)

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """``<room>_<function>``, for those that name none."""
        room = operation.view_func.__module__.removeprefix("sekisho.records.").split(".")[0]
        return f"{room}_{operation.view_func.__name__}"

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None) -> OpenAPISchema:
        """The description, made once: it is public and not cheap."""
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        if prefix not in self._described:
            made = super().get_openapi_schema(path_prefix=prefix)
            _name_refusals(made)
            self._described[prefix] = dict(made)
        return cast("OpenAPISchema", copy.deepcopy(self._described[prefix]))


def _operations(router: Router) -> Iterator[Operation]:
    for path_view in router.path_operations.values():
        yield from path_view.operations
    for _prefix, inner, *_ in router._routers:  # noqa: SLF001 - the framework has no public way to walk them
        yield from _operations(inner)


def _source(wrapper: type[BaseModel]) -> str:
    """Where the framework's wrapper of parameters takes them from: path, query, body, form or file."""
    return str(getattr(wrapper, "__ninja_param_source__", ""))


def _names(operation: Operation, source: str) -> set[str]:
    found: set[str] = set()
    for wrapper in operation.models:
        if _source(wrapper) == source:
            found |= set(getattr(wrapper, "__ninja_flatten_map__", None) or wrapper.model_fields)
    return found


def _knowing_its_names(operation: Operation) -> Callable[..., Any]:
    """The endpoint, which refuses a query (a form) with a name that it does not know: a misspelt filter would show everything."""
    view = operation.view_func
    known = {source: _names(operation, source) for source in ("query", "form", "file")}

    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **values: Any) -> Any:
        unknown = request.GET.keys() - known["query"]
        if known["form"] or known["file"]:
            unknown |= (request.POST.keys() - known["form"]) | (request.FILES.keys() - known["file"])
        if unknown:
            raise InputError("input.unknown_fields", names=", ".join(sorted(unknown)))
        return view(request, *args, **values)

    return checked


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation names, innermost first."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for field in annotation.model_fields.values():
            yield from _models_in(field.annotation)
        yield annotation
    for one in get_args(annotation):
        yield from _models_in(one)


def _forbid_unknown(model: type[BaseModel]) -> None:
    model.model_config["extra"] = "forbid"
    model.model_rebuild(force=True)


def _name_refusals(schema: dict[str, Any]) -> None:
    """Every operation may be refused in the same ways: said once among the components, referred to by each."""
    components = schema["components"]
    components.setdefault("schemas", {}).update(_errors_schemas())
    components["responses"] = {
        name: {"description": text, "content": {"application/json": {"schema": _ERRORS_REF}}} for name, text in REFUSALS.values()
    }
    for operations in schema["paths"].values():
        for operation in operations.values():
            has_body = "requestBody" in operation
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                if kind in _FORMS:
                    content["schema"]["additionalProperties"] = False
            for status, (name, _) in REFUSALS.items():
                if has_body or status not in {400, 413}:
                    operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}


def _errors_schemas() -> dict[str, Any]:
    made = Errors.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**made.pop("$defs", {}), "Errors": made}
