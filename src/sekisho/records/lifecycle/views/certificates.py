"""Pages of certificates: issued, shown, compared with the Ledger and with a file."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.documents import MEDIA_TYPES
from sekisho.errors import NotFound
from sekisho.records.downloads import attachment
from sekisho.records.languages import language
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.actions.certificates import read_certificate
from sekisho.records.lifecycle.forms.deletions import CertificateForm, CheckForm
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.queries.proofs import file_is, proof_of
from sekisho.records.lifecycle.views.common import attempt, form_page, page_of
from sekisho.records.lifecycle.views.deletions import crumbs_of, deletion_of
from sekisho.records.lifecycle.views.retention_names import ACHIEVED, ERASED_STATES, PLACE_KINDS, VERIFIED
from sekisho.records.pages import PageRequest, own, page, version_of


@require_http_methods(["GET", "POST"])
@page
def certify(request: PageRequest, code: str, deletion_id: uuid.UUID) -> HttpResponse:
    """Issue the certificate."""
    row = deletion_of(request, deletion_id)
    request.principal.require("lifecycle.certify", row.organization_id)
    form, lines = CertificateForm(request.POST or None, initial={"language": language()}), list[str]()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made, lines = attempt(
            form,
            lambda: actions.issue_certificate(
                request.principal,
                row,
                witness=given["witness"],
                language=given["language"],
                version=version_of(request),
                now=request.now,
            ),
        )
        if made is not None:
            messages.success(request, _("証明書を出しました。"))
            return redirect("lifecycle:certificate", code, made.pk)
    partial = row.state == "partial"
    return form_page(
        request,
        form,
        lines,
        heading=_("消去・廃棄証明書を出す"),
        lead=_("一部が残っています。証明書にもそう書かれ、この廃棄はここで終わります。")
        if partial
        else _("出した証明書は変えられません。"),
        submit=_("証明書を出す"),
        back=reverse("lifecycle:deletion", args=[code, row.pk]),
        crumbs=crumbs_of(request, row),
        version=row.version,
    )


@require_safe
@page
def certificates(request: PageRequest, code: str) -> HttpResponse:
    """All certificates, the newest first."""
    del code
    request.principal.require("lifecycle.read", request.organization.pk)
    shown = page_of(request, queries.certificates(request.principal, request.organization))
    return render(request, "lifecycle/certificates.html", {"page": shown, "rows": shown})


@require_http_methods(["GET", "POST"])
@page
def certificate(request: PageRequest, code: str, certificate_id: uuid.UUID) -> HttpResponse:
    """One certificate: what it says, whether it is what was issued; a file can be compared with the issued ones."""
    del code
    row = own(request, queries.certificate(request.principal, certificate_id))
    form, found = CheckForm(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        found = file_is(row, form.cleaned_data["file"].read())
    facts = row.facts
    context = {
        "certificate": row,
        "facts": facts,
        "places": [
            {
                **one,
                "kind_name": PLACE_KINDS[one["kind"]][0],
                "achieved_name": ACHIEVED[one["achieved"]],
                "state_name": ERASED_STATES[one["state"]],
                "verified_name": VERIFIED[one["verified"]],
            }
            for one in facts["places"]
        ],
        "proof": proof_of(row),
        "form": form,
        "checked": request.method == "POST" and form.is_valid(),
        "found": found,
        "formats": list(row.renderings),
        "trail": [(reverse("lifecycle:certificates", args=[request.organization.code]), _("消去・廃棄証明書"))],
    }
    return render(request, "lifecycle/certificate.html", context, status=422 if form.errors else 200)


@require_safe
@page
def certificate_file(request: PageRequest, code: str, certificate_id: uuid.UUID, form: str) -> HttpResponse:
    """The certificate as the file that was issued."""
    del code
    row = own(request, queries.certificate(request.principal, certificate_id))
    if form not in row.renderings:
        raise NotFound("access.not_found")
    return attachment(read_certificate(row, form), name=f"{row.number}.{form}", media_type=MEDIA_TYPES[form])
