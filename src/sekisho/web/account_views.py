"""A person's own pages: settings, sessions, API tokens; and the recovery link's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import InputError, NotFound
from sekisho.records.organization import actions, queries
from sekisho.records.organization.actions import accounts
from sekisho.records.organization.models import Person
from sekisho.records.pages import PageRequest, page, say
from sekisho.web.account_forms import PreferencesForm, RecoveryForm, TokenForm

if TYPE_CHECKING:
    import uuid

__all__ = ["closed", "recover", "session_end", "sessions_end", "settings_page", "token_issue", "token_revoke"]

_IDS = "token_%s"  # two forms stand on one page


def _context(request: PageRequest, **more: Any) -> dict[str, Any]:
    person = request.user
    assert isinstance(person, Person)  # `page` let only people in
    return {
        "preferences": PreferencesForm(initial={"name": person.name, "language": person.language, "calendar": person.calendar}),
        "token_form": TokenForm(auto_id=_IDS),
        "sessions": queries.sessions_of(request.principal),
        "session_key": request.session.session_key,
        "tokens": queries.tokens_of(request.principal, now=request.now),
        "factors": {
            one.type: one for one in Authenticator.objects.filter(user_id=request.principal.person_id).exclude(type="webauthn")
        },
        "keys": Authenticator.objects.filter(user_id=request.principal.person_id, type="webauthn"),
        **more,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page
def settings_page(request: PageRequest) -> HttpResponse:
    """Name, language, calendar; what else belongs to one's account."""
    if request.method != "POST":
        return render(request, "account/settings.html", _context(request))
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return render(request, "account/settings.html", _context(request, preferences=form, errors=True), status=422)
    try:
        accounts.set_preferences(request.principal, now=request.now, **form.cleaned_data)
    except InputError as error:
        lines = say(error, request.principal.language)
        return render(request, "account/settings.html", _context(request, preferences=form, lines=lines), status=422)
    messages.success(request, _("設定を保存しました。"))
    return redirect("settings")


@require_POST
@page
def session_end(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """End one session."""
    accounts.end_session(request.principal, session_id=session_id, now=request.now)
    messages.success(request, _("セッションを終わらせました。"))
    return redirect("settings")


@require_POST
@page
def sessions_end(request: PageRequest) -> HttpResponse:
    """End all other sessions."""
    ended = accounts.end_other_sessions(request.principal, keep=request.session.session_key, now=request.now)
    messages.success(request, _("ほかのセッションを%(n)d件終わらせました。") % {"n": ended})
    return redirect("settings")


@never_cache
@require_POST
@page
def token_issue(request: PageRequest) -> HttpResponse:
    """Issue a token; the page shows its secret this once."""
    form = TokenForm(request.POST, auto_id=_IDS)
    if not form.is_valid():
        return render(request, "account/settings.html", _context(request, token_form=form, errors=True), status=422)
    _token, secret = actions.issue_token(
        request.principal,
        name=form.cleaned_data["name"],
        scopes=frozenset(form.cleaned_data["scopes"]),
        expires_at=request.now + form.lifetime,
        now=request.now,
    )
    return render(request, "account/settings.html", _context(request, secret=secret))


@require_POST
@page
def token_revoke(request: PageRequest, token_id: uuid.UUID) -> HttpResponse:
    """Revoke a token."""
    actions.revoke_token(request.principal, token_id=token_id, now=request.now)
    messages.success(request, _("トークンを失効させました。"))
    return redirect("settings")


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def recover(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Set a new password with a one-time link. Nobody is logged in by it: the next step is the ordinary log-in."""
    language = get_language() or "ja"
    form = RecoveryForm(request.POST or None)
    try:
        accounts.person_of_recovery_link(uid, token)
        if request.method == "POST" and form.is_valid():
            accounts.use_recovery_link(
                uid=uid,
                token=token,
                password=form.cleaned_data["password"],
                now=request.now,  # type: ignore[attr-defined] # ours
            )
            messages.success(request, _("新しいパスワードを保存しました。ログインしてください。"))
            return redirect("account_login")
    except NotFound as error:
        return render(request, "account/recover_dead.html", {"message": say(error, language)[0]}, status=404)
    except InputError as error:
        form.add_error("password", say(error, language)[0])
    return render(request, "account/recover.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    """Addresses that allauth wants to name (sign-up, e-mail) and that do not exist here."""
    del request
    raise Http404
