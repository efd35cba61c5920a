"""The API's description as a page of ours (no script from elsewhere), and what every answer under /api/ has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from sekisho.standards import texts
from sekisho.web.api import api

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ApiMiddleware", "description"]


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """Every operation with its parameters, from the OpenAPI description."""
    schema: dict[str, Any] = api.get_openapi_schema()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            body = next(iter(operation.get("requestBody", {}).get("content", {})), "")
            groups.setdefault((operation.get("tags") or [""])[0], []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "summary": operation.get("summary", ""),
                    "description": operation.get("description", ""),
                    "parameters": operation.get("parameters", []),
                    "body": body,
                }
            )
    return render(request, "web/api.html", {"groups": groups, "version": schema["info"]["version"]})


class ApiMiddleware:
    """Bodies are bounded before they are read; 405 is JSON like every other refusal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        if "\0" in request.path_info:  # nothing of ours has such a name, and PostgreSQL cannot even be asked
            return self._refuse(404, "access.not_found")
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.SEKISHO_MAX_UPLOAD:
            return self._refuse(413, "input.body_too_large", limit=settings.SEKISHO_MAX_UPLOAD)
        response = self.get_response(request)
        if response.status_code == 405 and "json" not in response.get("Content-Type", ""):  # noqa: PLR2004 - method not allowed
            refused = self._refuse(405, "input.method")
            refused["Allow"] = response["Allow"]
            return refused
        return response

    @staticmethod
    def _refuse(status: int, code: str, **fields: Any) -> HttpResponse:
        message = texts.render(code, fields, get_language() or "ja")
        return JsonResponse({"code": code, "message": message, "fields": fields, "problems": []}, status=status)
