"""Addresses of the room."""

from __future__ import annotations

from django.urls import path

from sekisho.records.monitoring.views import alerts, home, plans, premises, reviews, rules, searches, sources, staff

app_name = "monitoring"
_AT = "o/<slug:code>/monitoring/"
_SOURCE = f"{_AT}sources/<uuid:source_id>/"
_PLAN = f"{_AT}plans/<uuid:plan_id>/"
_REVIEW = f"{_AT}reviews/<uuid:log_review_id>/"
_ALERT = f"{_AT}findings/<uuid:alert_id>/"
_TRAIL = f"{_AT}trails/<uuid:trail_id>/"
_SIGMA = f"{_AT}rules/sigma/<uuid:sigma_set_id>/"

urlpatterns = [
    path(_AT, home.index, name="index"),
    path(f"{_AT}prevention/", home.prevention, name="prevention"),
    path(f"{_AT}sources/", sources.index, name="sources"),
    path(f"{_AT}sources/export.<slug:form>", sources.export_list, name="sources_export"),
    path(f"{_AT}sources/new", sources.create, name="source_new"),
    path(_SOURCE, sources.detail, name="source"),
    path(f"{_SOURCE}edit", sources.edit, name="source_edit"),
    path(f"{_SOURCE}retire", sources.retire, name="source_retire"),
    path(f"{_SOURCE}upload", sources.upload, name="source_upload"),
    path(f"{_AT}premises/", premises.index, name="premises"),
    path(f"{_AT}premises/export.<slug:form>", premises.export_list, name="premises_export"),
    path(f"{_AT}readings/<uuid:ingestion_id>/", sources.ingestion, name="ingestion"),
    path(f"{_AT}readings/<uuid:ingestion_id>/progress", sources.ingestion_progress, name="ingestion_progress"),
    path(f"{_AT}plans/", plans.index, name="plans"),
    path(f"{_AT}plans/export.<slug:form>", plans.export_list, name="plans_export"),
    path(f"{_AT}plans/new", plans.create, name="plan_new"),
    path(_PLAN, plans.detail, name="plan"),
    path(f"{_PLAN}edit", plans.edit, name="plan_edit"),
    path(f"{_PLAN}end", plans.end, name="plan_end"),
    path(f"{_PLAN}begin", plans.begin, name="plan_begin"),
    path(f"{_AT}reviews/", reviews.index, name="log_reviews"),
    path(f"{_AT}reviews/export.<slug:form>", reviews.export_list, name="log_reviews_export"),
    path(f"{_AT}reviews/new", reviews.create, name="log_review_new"),
    path(_REVIEW, reviews.detail, name="log_review"),
    path(f"{_REVIEW}running", reviews.running, name="log_review_running"),
    path(f"{_REVIEW}save", reviews.save, name="log_review_save"),
    path(f"{_REVIEW}rerun", reviews.rerun, name="log_review_rerun"),
    path(f"{_REVIEW}cancel", reviews.cancel, name="log_review_cancel"),
    path(f"{_AT}findings/", alerts.index, name="alerts"),
    path(f"{_AT}findings/export.<slug:form>", alerts.export_list, name="alerts_export"),
    path(f"{_AT}findings/several", alerts.bulk, name="alerts_bulk"),
    path(_ALERT, alerts.detail, name="alert"),
    path(f"{_ALERT}triage", alerts.triage, name="alert_triage"),
    path(f"{_ALERT}assign", alerts.assign, name="alert_assign"),
    path(f"{_AT}suppressions/", alerts.suppressions, name="suppressions"),
    path(f"{_AT}suppressions/new", alerts.suppress, name="suppress"),
    path(f"{_AT}suppressions/<uuid:suppression_id>/end", alerts.end_suppression, name="suppression_end"),
    path(f"{_AT}rules/", rules.index, name="rules"),
    path(f"{_AT}rules/export.<slug:form>", rules.export_list, name="rules_export"),
    path(f"{_AT}rules/own/<str:rule_id>", rules.detail, name="rule"),
    path(f"{_AT}rules/sigma/new", rules.upload, name="sigma_upload"),
    path(f"{_AT}rules/sigma/confirm", rules.confirm, name="sigma_confirm"),
    path(_SIGMA, rules.sigma, name="sigma_set"),
    path(f"{_SIGMA}switch", rules.switch, name="sigma_switch"),
    path(f"{_AT}search/", searches.search, name="search"),
    path(f"{_AT}search/export.<slug:form>", searches.export_search, name="search_export"),
    path(f"{_AT}trails/", searches.trails, name="trails"),
    path(f"{_AT}trails/new", searches.open_trail, name="trail_new"),
    path(_TRAIL, searches.trail, name="trail"),
    path(f"{_TRAIL}steps/<int:position>/note", searches.note, name="trail_note"),
    path(f"{_TRAIL}close", searches.close, name="trail_close"),
    path(f"{_AT}staff/", staff.index, name="staff"),
    path(f"{_AT}staff/export.<slug:form>", staff.export_list, name="staff_export"),
    path(f"{_AT}staff/bases/new", staff.ask, name="staff_ask"),
    path(f"{_AT}staff/bases/<uuid:basis_id>/", staff.basis, name="staff_basis"),
    path(f"{_AT}staff/searches/new", staff.search, name="staff_search_new"),
    path(f"{_AT}staff/searches/<uuid:search_id>/", staff.result, name="staff_search"),
]
