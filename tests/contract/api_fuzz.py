"""Generated requests: schemathesis invents them from the description, real values replace a part of the invented ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case
    from schemathesis.specs.openapi.schemas import OpenApiSchema

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
REAL_OF_TEN: Final = 8
KNOWN_OF_TEN: Final = 3


def load(description: dict[str, Any], app: Any) -> OpenApiSchema:
    """The description as schemathesis sees it, with the WSGI application that it describes."""
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(description, default=str)))
    schema.app = whole(app)
    return schema


def whole(application: Any) -> Any:
    """A WSGI application whose answers are read and closed at once, as a server does it (files of downloads, too)."""

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = application(environ, start_response)
        try:
            return [b"".join(body)]
        finally:
            body.close()

    return answer


def operations(schema: OpenApiSchema) -> Iterator[tuple[str, Any]]:
    """Name ("GET /api/v1/me") and operation."""
    for found in schema.get_all_operations():
        operation = found.ok()
        yield f"{operation.method.upper()} {operation.path}", operation


def bounded(examples: int) -> settings:
    """The same cases each time, no shrinking beyond what is worth its time."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


def real(operation: Any, request: tuple[dict[str, Any], dict[str, Any], Any]) -> Case:
    """The case of a whole request (path, query, body) that is known to be right."""
    path, query, body = request
    if body is None:
        return operation.Case(path_parameters=dict(path), query=dict(query))
    media_type = next(iter(operation.definition.raw["requestBody"]["content"]))
    return operation.Case(path_parameters=dict(path), query=dict(query), body=dict(body), media_type=media_type)


@st.composite
def cases(
    draw: st.DrawFn,
    operation: Any,
    values: dict[str, list[Any]],
    known: tuple[dict[str, Any], dict[str, Any], Any] | None = None,
) -> Case:
    """A case, valid more often than not by the schema; most parameters with a known name get a value that exists.

    ``known``: a whole request that is right, which is sent now and then.
    """
    if known is not None and draw(st.integers(1, 10)) <= KNOWN_OF_TEN:
        return real(operation, known)
    mode = draw(st.sampled_from([GenerationMode.POSITIVE] * 3 + [GenerationMode.NEGATIVE]))
    try:
        case = draw(operation.as_strategy(generation_mode=mode))
    except Exception as error:  # an operation without any parameter cannot be called wrongly
        if type(error).__name__ not in {"Unsatisfiable", "UnsatisfiedAssumption", "InvalidArgument"}:
            raise
        case = draw(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    for place in ("path_parameters", "query", "body"):
        given = getattr(case, place)
        if isinstance(given, dict):
            _replace(draw, given, values, always=place == "path_parameters")
    return case


def _replace(draw: st.DrawFn, given: dict[str, Any], values: dict[str, list[Any]], *, always: bool) -> None:
    for name in sorted(given.keys() & values.keys()):
        if draw(st.integers(1, 10)) <= (REAL_OF_TEN + always):
            given[name] = draw(st.sampled_from(values[name]))


def call(case: Case, **headers: str) -> Response:
    """Send the case; raise what the checks find."""
    cookies = json.loads(headers.pop("cookies", "{}"))
    response: Response = case.call(headers=headers, cookies=cookies)
    case.validate_response(response, checks=CHECKS)
    return response
