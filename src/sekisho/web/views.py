"""Views that belong to no room: the first address, search, switching organisation and language, error pages."""

from __future__ import annotations

import shutil
from typing import Final

from django.conf import settings
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import activate, get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import sekisho
from sekisho.records import shell as registry
from sekisho.records.organization import queries
from sekisho.records.pages import PageRequest, page
from sekisho.standards import texts

__all__ = [
    "bad_request",
    "csrf_failure",
    "forbidden",
    "installation",
    "language",
    "not_found",
    "organization_home",
    "search",
    "server_error",
    "start",
    "switch",
]

HITS: Final = 20
SEARCH_LENGTH: Final = 100
SWITCH_ROWS: Final = 20


@require_safe
@page
def start(request: PageRequest) -> HttpResponse:
    """``/``: the person's own organisation, or a page that says that no role was given yet."""
    home = queries.home_of(request.principal)
    if home is None:
        return render(request, "web/no_role.html")
    return redirect("organization_home", code=home.code)


@require_safe
@page
def organization_home(request: PageRequest, code: str) -> HttpResponse:
    """Stands in while no room offers a home page: the rooms that exist."""
    del code
    return render(request, "web/home.html")


@require_safe
@page
def search(request: PageRequest, code: str) -> HttpResponse:
    """Answers of all rooms to one text."""
    del code
    text = request.GET.get("q", "").strip()[:SEARCH_LENGTH]
    groups = []
    if text:
        for key, (heading, searcher) in registry.SEARCHERS.items():
            hits = searcher(request.principal, request.organization, text, HITS + 1)
            groups.append({"key": key, "heading": heading, "hits": hits[:HITS], "more": len(hits) > HITS})
    found = any(group["hits"] for group in groups)
    return render(request, "web/search.html", {"search_text": text, "groups": groups, "found": found})


@require_safe
@page
def installation(request: PageRequest, code: str) -> HttpResponse:
    """How this installation is set up (read only: it is changed in its configuration file)."""
    del code
    request.principal.require("installation.manage", request.organization.pk)
    usage = shutil.disk_usage(settings.CONFIG.home) if settings.CONFIG.home.is_dir() else None
    return render(
        request,
        "web/installation.html",
        {
            "version": sekisho.__version__,
            "config": settings.CONFIG,
            "database": connection.vendor,
            "free_gib": round(usage.free / 2**30, 1) if usage else None,
            "session_hours": settings.SESSION_COOKIE_AGE // 3600,
            "upload_mib": settings.SEKISHO_MAX_UPLOAD // 2**20,
        },
    )


@require_safe
@page
def switch(request: PageRequest) -> HttpResponse:
    """Organisations that the person sees, by a text in name, kana or code; a part of a page for htmx."""
    text = request.GET.get("q", "").strip()[:SEARCH_LENGTH]
    rows = queries.find_organizations(request.principal, text)
    if getattr(request, "htmx", False):
        return render(request, "web/switch_list.html", {"organizations": rows[:SWITCH_ROWS], "search_text": text})
    found = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "web/switch.html", {"page": found, "search_text": text})


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Set the language: a cookie, and for a logged-in person their setting."""
    from sekisho.records.organization.actions import accounts  # noqa: PLC0415 - only this view writes

    wanted = request.POST.get("language", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    if wanted in dict(settings.LANGUAGES):
        principal = getattr(request, "principal", None)
        if principal is not None:
            accounts.set_preferences(principal, language=wanted, now=request.now)  # type: ignore[attr-defined] # ours
        activate(wanted)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=365 * 86400,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


# ------------------------------------------------------------------------------------------------------- error pages


def _error(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        code = {400: "input.bad_request", 403: "access.refused", 404: "access.not_found", 405: "input.method"}.get(
            status, "server.error"
        )
        spoken = texts.render(code, {}, get_language() or "ja")
        return JsonResponse({"code": code, "message": spoken, "fields": {}, "problems": []}, status=status)
    return render(request, "web/status.html", {"heading": title, "text": text, "status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    del exception
    return _error(
        request,
        400,
        _("この送信は受け取れません"),
        _("アドレスか送られた内容が正しくありません。前のページからやり直してください。"),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    del exception
    return _error(request, 403, _("この操作をする権限がありません"), _("必要なら、管理者か責任者に頼んでください。"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same for what does not exist and for what one may not see."""
    del exception
    return _error(
        request,
        404,
        _("見つかりません"),
        _("アドレスが違うか、あなたの見られる範囲にありません。上の検索か、左のメニューからさがしてください。"),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a plain page that needs neither database nor session."""
    if request.path.startswith("/api/"):
        message = texts.render("server.error", {}, get_language() or "ja")
        return JsonResponse({"code": "server.error", "message": message, "fields": {}, "problems": []}, status=500)
    return render(None, "web/server_error.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form was sent from a page that is too old, or from elsewhere."""
    del reason
    return _error(
        request,
        403,
        _("ページが古くなっています"),
        _("送信を確かめられませんでした。前のページを開き直して、もう一度送ってください。入れた内容は送られていません。"),
    )
