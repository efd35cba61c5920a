"""Reports made ready for pages: the embedded document, file names, and what stands behind a reference."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from django.core.cache import cache
from django.urls import reverse

from sekisho.documents.html import render_html
from sekisho.records.measurement import queries
from sekisho.records.measurement.actions import document_of

if TYPE_CHECKING:
    from sekisho.records.measurement.models import Report, ReportReference
    from sekisho.records.organization.principals import Principal

__all__ = ["embedded", "file_name", "reference_shown"]

_KEPT_SECONDS = 24 * 3600


def embedded(report: Report, *, links: bool) -> str:
    """The document as an ``<article>``. Without ``links`` its references lead to the list at its end only: whoever was handed the
    report up sees no evidence. Drawing its charts takes seconds, so the text is kept by the document's hash.
    """
    key = f"measurement.embedded.{report.document_id}.{int(links)}"
    found = cache.get(key)
    if found is None:
        document = document_of(report)
        if not links:
            bare = tuple(msgspec.structs.replace(r, url="") for r in document.references)
            document = msgspec.structs.replace(document, references=bare)
        found = render_html(document, embed=True)
        cache.set(key, found, _KEPT_SECONDS)
    return str(found)


def file_name(report: Report, output: str) -> str:
    """``report-minamo-2026-11-22.docx``."""
    return f"report-{report.organization.code}-{report.as_of.date().isoformat()}.{output}"


def reference_shown(principal: Principal, row: ReportReference, *, code: str, now: datetime) -> dict[str, Any]:
    """The frozen chain, each of its evidences as it is now, and the page of the thing itself."""
    frozen = row.frozen
    before = frozen.get("evidence", [])
    live = {paper["id"]: paper for paper in queries.chain_of_evidence(principal, [p["id"] for p in before], now=now)}
    papers = []
    for paper in before:
        today = live.get(paper["id"], {"gone": True})
        files = []
        for file in paper.get("files", []):
            same = next((f for f in today.get("files", []) if f["sha256"] == file["sha256"]), None)
            state = "gone" if same is None else "erased" if same["erased"] else "intact" if same["intact"] else "broken"
            files.append({**file, "state": state})
        received = paper.get("received_at")
        papers.append(
            {
                **paper,
                "files": files,
                "gone_now": bool(today.get("gone")) and not paper.get("gone"),
                "withdrawn_now": bool(today.get("withdrawn")),
                "received_at": datetime.fromisoformat(received) if received else None,
            }
        )
    return {"frozen": frozen, "papers": papers, "live_url": _live(row, code)}


def _live(row: ReportReference, code: str) -> str:
    """The page of what the reference is about; empty when there is none."""
    if row.kind == "judgements":
        query = "" if row.target_id == "all" else f"?{row.target_id}"
        return reverse("measurement:pairs", args=(code,)) + query
    if row.kind == "findings":
        return reverse("measurement:findings", args=(code,)) + f"?engine={row.target_id}"
    names = {
        "indicator": "measurement:trace_indicator",
        "judgement": "measurement:trace_judgement",
        "finding": "measurement:trace_finding",
        "corrective_action": "assessment:corrective_action",
    }
    try:
        return reverse(names[row.kind], args=(code, uuid.UUID(row.target_id)))
    except (KeyError, ValueError):  # a kind of a later release, or an id that is none
        return ""
