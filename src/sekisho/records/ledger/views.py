"""記録簿: the record of every change, to read and to verify."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from sekisho.records.downloads import attachment
from sekisho.records.ledger import queries, signing
from sekisho.records.organization import queries as organization_queries
from sekisho.records.pages import PageRequest, page

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.ledger.models import Entry

_PER_PAGE = 50


def _entries(request: PageRequest) -> QuerySet[Entry]:
    principal = request.principal
    principal.require("ledger.read", request.organization.pk)
    return queries.entries(
        principal,
        organization_ids=organization_queries.organization_ids(principal, "ledger.read"),
        include_installation=principal.may("installation.manage", request.organization.pk),
        action=request.GET.get("action", "").strip(),
        actor=request.GET.get("actor", "").strip(),
        object_id=request.GET.get("object", "").strip(),
    )


def _named(entries: list[Entry]) -> list[tuple[Entry, str]]:
    """Each entry with the name of who acted, where the reader may know it."""
    names = organization_queries.names_of([e.actor_id for e in entries if e.actor_kind == "person"])
    return [(e, names.get(e.actor_id, "")) for e in entries]


@require_GET
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The newest entries, with filters."""
    del code
    shown = Paginator(_entries(request), _PER_PAGE).get_page(request.GET.get("page"))
    sequence, digest = queries.head()
    context: dict[str, Any] = {"page": shown, "rows": _named(list(shown)), "sequence": sequence, "digest": digest}
    return render(request, "ledger/index.html", context)


@require_GET
@page
def entry(request: PageRequest, code: str, sequence: int) -> HttpResponse:
    """One entry: what was hashed, and the erasable words beside it (or their tombstone)."""
    del code
    found = _entries(request).filter(sequence=sequence).first()
    if found is None:
        raise Http404
    body = json.loads(found.body)
    contents = queries.contents_of([sequence]).get(sequence, {})
    words = [(name, contents.get(name), digest) for name, digest in body["content"].items()]
    context = {"entry": found, "actor": _named([found])[0][1], "body": body, "words": words}
    return render(request, "ledger/entry.html", context)


@require_POST
@page
def verify(request: PageRequest, code: str) -> HttpResponse:
    """Walk the whole chain now."""
    del code
    request.principal.require("ledger.read", request.organization.pk)
    return render(request, "ledger/verified.html", {"result": queries.verify()})


@require_POST
@page
def head(request: PageRequest, code: str) -> HttpResponse:
    """The signed head as a file, to be kept elsewhere."""
    del code
    request.principal.require("ledger.export_head", request.organization.pk)
    sequence, digest = queries.head()
    key = signing.load_or_make_key(settings.CONFIG.keys)
    signed = signing.sign_head(key, sequence=sequence, digest=digest, at=request.now.isoformat())
    name = f"sekisho-ledger-head-{sequence}.json"
    return attachment(json.dumps(signed, indent=2), name=name, media_type="application/json")
