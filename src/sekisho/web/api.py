"""The API at ``/api/v1/``: who asks, how errors look, and the routers of all rooms."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import JSONRenderer
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

import sekisho
from sekisho.errors import NotPermitted, SekishoError
from sekisho.records.database import explain
from sekisho.records.organization import actions, queries
from sekisho.records.organization.principals import Principal
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards import texts
from sekisho.web import rooms
from sekisho.web.api_root import Api

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["api"]

logger = logging.getLogger(__name__)
PERSON_TOKEN: Final = "skp_"  # noqa: S105 - a prefix
MACHINE_TOKEN: Final = "skm_"  # noqa: S105 - a prefix


class Token(HttpBearer):
    """``Authorization: Bearer skp_…`` (a person's token) or ``skm_…`` (an enrolled machine's)."""

    def authenticate(self, request: HttpRequest, token: str) -> Principal | None:
        """The principal. A token that does not work ends the request: it never falls back to a session."""
        now: datetime = request.now  # type: ignore[attr-defined] # set by the middleware
        found: Principal | None = None
        if token.startswith(PERSON_TOKEN):
            row = queries.token_of_secret(actions.hash_secret(token), now=now)
            if row is not None:
                actions.note_token_use(row, now=now)
                found = queries.principal_of(row.person, today=timezone.localdate(now), token=row)
        elif token.startswith(MACHINE_TOKEN):
            found = subject_queries.machine_principal(token, now=now)
        if found is None:
            raise AuthenticationError
        return found


class Session(APIKeyCookie):
    """The browser's session; writing needs the ``X-CSRFToken`` header."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self) -> None:
        super().__init__(csrf=False)  # checked below, once we know that there is a session to abuse

    def authenticate(self, request: HttpRequest, key: str | None) -> Principal | None:
        """The principal of the logged-in person."""
        del key
        principal: Principal | None = getattr(request, "principal", None)
        if principal is not None and check_csrf(request) is not None:
            raise NotPermitted("access.refused")
        return principal


class Renderer(JSONRenderer):
    """JSON in which Japanese stays readable."""

    json_dumps_params = {"ensure_ascii": False}


api = Api(
    title="Sekisho",
    version=sekisho.__version__,
    description="Every action of every room. Messages follow Accept-Language (ja, en); `code` is stable.",
    auth=[Token(), Session()],
    renderer=Renderer(),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)


def _answer(
    request: HttpRequest, status: int, code: str, *, problems: list[dict[str, Any]] | None = None, **fields: Any
) -> HttpResponse:
    language = get_language() or "ja"
    body = {
        "code": code,
        "message": texts.render(code, fields, language),
        "fields": {name: _plain(value) for name, value in fields.items()},
        "problems": problems or [],
    }
    return api.create_response(request, body, status=status)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)


@api.exception_handler(SekishoError)
def on_sekisho_error(request: HttpRequest, error: SekishoError) -> HttpResponse:
    """An error with a code: its own status."""
    language = get_language() or "ja"
    problems = [
        {
            "code": problem.code,
            "message": texts.render_problem(problem, language),
            "file": problem.file,
            "row": problem.row,
            "column": problem.column,
        }
        for problem in error.problems
    ]
    return _answer(request, error.http_status, error.code, problems=problems, **error.fields)


@api.exception_handler(ValidationError)
def on_schema_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The body or the query does not fit the schema: every place."""
    problems = [
        {
            "code": f"schema.{one['type']}",
            "message": str(one["msg"]),
            "file": "",
            "row": None,
            "column": ".".join(map(str, one["loc"])),
        }
        for one in error.errors
    ]
    return _answer(request, 422, "input.schema", problems=problems)


@api.exception_handler(AuthenticationError)
def on_authentication_error(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Nobody, or a token that does not work."""
    del error
    response = _answer(request, 401, "access.unauthorized")
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses (a body that is not JSON); our parser's reason lies beneath."""
    if isinstance(error.__cause__, SekishoError):
        return on_sekisho_error(request, error.__cause__)
    return _answer(request, error.status_code, "input.bad_request")


@api.exception_handler(RequestDataTooBig)
def on_too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """A body larger than this installation takes into memory."""
    del error
    return _answer(request, 413, "input.body_too_large", limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


@api.exception_handler(Http404)
def on_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    """404."""
    del error
    return _answer(request, 404, "access.not_found")


@api.exception_handler(Exception)
def on_defect(request: HttpRequest, error: Exception) -> HttpResponse:
    """A database that is locked, full or gone is told as such; a defect of ours is logged here and told by its code only."""
    if (trouble := explain(error)) is not None:
        return on_sekisho_error(request, trouble)
    logger.error("%s %s", request.method, request.path, exc_info=error)
    return _answer(request, 500, "server.error")


def _mount() -> None:
    for module in rooms.api_modules():
        api.mount(import_module(module).router)


_mount()
