"""Addresses of 脅威情報."""

from __future__ import annotations

from django.urls import path

from sekisho.records.intelligence.views import blocking, indicators, intake, labels, notices, reporting, searches, sources

app_name = "intelligence"
ROOT = "o/<slug:code>/intelligence/"
urlpatterns = [
    path(f"{ROOT}", notices.index, name="index"),
    path(f"{ROOT}export/<slug:form>", notices.export_list, name="export"),
    path(f"{ROOT}take", intake.take, name="take"),
    # indicators and the block list
    path(f"{ROOT}iocs/", indicators.index, name="iocs"),
    path(f"{ROOT}iocs/export/<slug:form>", indicators.export_list, name="iocs_export"),
    path(f"{ROOT}iocs/remove", indicators.remove, name="iocs_remove"),
    path(f"{ROOT}iocs/release", blocking.prepare_chosen, name="iocs_release"),
    path(f"{ROOT}iocs/<uuid:ioc_id>/", indicators.detail, name="ioc"),
    path(f"{ROOT}blocklist/", indicators.block_list, name="block_list"),
    path(f"{ROOT}blocklist/hand-out", indicators.hand_out, name="hand_out"),
    path(f"{ROOT}blocklist/read-back", indicators.read_back, name="read_back"),
    path(f"{ROOT}blocklist/allowed/", indicators.allowed, name="allowed"),
    path(f"{ROOT}blocklist/allowed/<uuid:allowed_id>/end", indicators.end_allowed, name="end_allowed"),
    path(f"{ROOT}proofs/<uuid:proof_id>/", indicators.proof, name="proof"),
    path(f"{ROOT}releases/", blocking.index, name="releases"),
    path(f"{ROOT}releases/<uuid:release_id>/", blocking.detail, name="release"),
    path(f"{ROOT}releases/<uuid:release_id>/ask", blocking.ask, name="release_ask"),
    path(f"{ROOT}releases/<uuid:release_id>/change", blocking.change, name="release_change"),
    # searches
    path(f"{ROOT}searches/", searches.index, name="searches"),
    path(f"{ROOT}searches/new", searches.begin, name="search_begin"),
    path(f"{ROOT}searches/<uuid:search_id>/", searches.detail, name="search"),
    # ways out
    path(f"{ROOT}briefings/", reporting.index, name="briefings"),
    path(f"{ROOT}briefings/new", reporting.brief_many, name="brief_many"),
    path(f"{ROOT}briefings/<uuid:briefing_id>/", reporting.briefing, name="briefing"),
    path(f"{ROOT}briefings/<uuid:briefing_id>/order", reporting.order, name="order"),
    path(f"{ROOT}briefings/<uuid:briefing_id>/file/<slug:form>", reporting.file, name="briefing_file"),
    path(f"{ROOT}announcements/", reporting.announcements, name="announcements"),
    path(f"{ROOT}announcements/new", reporting.announce, name="announce"),
    path(f"{ROOT}announcements/<uuid:announcement_id>/", reporting.announcement, name="announcement"),
    path(f"{ROOT}announcements/<uuid:announcement_id>/end", reporting.end_announcement, name="end_announcement"),
    # sources
    path(f"{ROOT}sources/", sources.index, name="sources"),
    path(f"{ROOT}sources/new", sources.edit, name="source_new"),
    path(f"{ROOT}sources/<uuid:source_id>/", sources.detail, name="source"),
    path(f"{ROOT}sources/<uuid:source_id>/edit", sources.edit, name="source_edit"),
    path(f"{ROOT}sources/<uuid:source_id>/change", sources.change, name="source_change"),
    # one notice
    path(f"{ROOT}<uuid:notice_id>/", notices.detail, name="notice"),
    path(f"{ROOT}<uuid:notice_id>/original", notices.original, name="original"),
    path(f"{ROOT}<uuid:notice_id>/candidates", notices.decide_candidates, name="candidates"),
    path(f"{ROOT}<uuid:notice_id>/judge", notices.judge, name="judge"),
    path(f"{ROOT}<uuid:notice_id>/weigh", notices.weigh, name="weigh"),
    path(f"{ROOT}<uuid:notice_id>/edit", labels.edit, name="notice_edit"),
    path(f"{ROOT}<uuid:notice_id>/relabel", labels.relabel, name="relabel"),
    path(f"{ROOT}<uuid:notice_id>/readers", labels.change_reader, name="readers"),
    path(f"{ROOT}<uuid:notice_id>/release", blocking.prepare, name="prepare"),
    path(f"{ROOT}<uuid:notice_id>/hand-out", indicators.hand_out, name="hand_out_notice"),
    path(f"{ROOT}<uuid:notice_id>/search", searches.begin, name="search_notice"),
    path(f"{ROOT}<uuid:notice_id>/brief", reporting.brief, name="brief"),
    path(f"{ROOT}<uuid:notice_id>/announce", reporting.announce, name="announce_notice"),
]
