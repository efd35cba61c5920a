"""Addresses of leak scans and of what is handed out."""

from __future__ import annotations

from django.urls import path

from sekisho.records.lifecycle.views import assessing, handovers, mask_views, masking
from sekisho.records.lifecycle.views import leakscans as views

urlpatterns = [
    path("o/<slug:code>/leaks/", views.index, name="leaks"),
    path("o/<slug:code>/leaks/new", views.create, name="leak_plan_new"),
    path("o/<slug:code>/leaks/<uuid:leak_plan_id>/", views.detail, name="leak_plan"),
    path("o/<slug:code>/leaks/<uuid:leak_plan_id>/export/<slug:form>", views.export_places, name="leak_places_export"),
    path("o/<slug:code>/leaks/<uuid:leak_plan_id>/edit", views.edit, name="leak_plan_edit"),
    path("o/<slug:code>/leaks/<uuid:leak_plan_id>/end", views.end, name="leak_plan_end"),
    path("o/<slug:code>/leaks/<uuid:leak_plan_id>/scan", views.begin, name="leak_scan_begin"),
    path("o/<slug:code>/leaks/<uuid:leak_plan_id>/decide", views.decide, name="leak_decide"),
    path("o/<slug:code>/leaks/scans/<uuid:leak_scan_id>/", views.scan, name="leak_scan"),
    path("o/<slug:code>/leaks/scans/<uuid:leak_scan_id>/progress", views.scan_progress, name="leak_scan_progress"),
    path("o/<slug:code>/leaks/decisions/<uuid:leak_decision_id>/end", views.end_decision, name="leak_decision_end"),
    path("o/<slug:code>/handovers/", handovers.index, name="handovers"),
    path("o/<slug:code>/handovers/new", handovers.create, name="handover_new"),
    path("o/<slug:code>/handovers/export/<slug:form>", handovers.export_list, name="handovers_export"),
    path("o/<slug:code>/handovers/<uuid:handover_id>/", handovers.detail, name="handover"),
    path("o/<slug:code>/handovers/<uuid:handover_id>/edit", handovers.edit, name="handover_edit"),
    path("o/<slug:code>/handovers/<uuid:handover_id>/ask", handovers.ask, name="handover_ask"),
    path("o/<slug:code>/handovers/<uuid:handover_id>/give", handovers.give, name="handover_give"),
    path("o/<slug:code>/handovers/<uuid:handover_id>/end", handovers.end, name="handover_end"),
    path("o/<slug:code>/handovers/<uuid:handover_id>/withdraw", handovers.withdraw, name="handover_withdraw"),
    path("o/<slug:code>/masking/", masking.index, name="mask_plans"),
    path("o/<slug:code>/masking/propose", masking.propose, name="mask_propose"),
    path("o/<slug:code>/masking/new", masking.create, name="mask_plan_new"),
    path("o/<slug:code>/masking/<uuid:mask_plan_id>/", masking.detail, name="mask_plan"),
    path("o/<slug:code>/masking/<uuid:mask_plan_id>/edit", masking.edit, name="mask_plan_edit"),
    path("o/<slug:code>/masking/<uuid:mask_plan_id>/sample", masking.sample, name="mask_sample"),
    path("o/<slug:code>/masking/<uuid:mask_plan_id>/views", mask_views.index, name="mask_views"),
    path("o/<slug:code>/masking/<uuid:mask_plan_id>/views/sample", mask_views.sample, name="mask_view_sample"),
    path("o/<slug:code>/masking/<uuid:mask_plan_id>/views/sql", mask_views.sql, name="mask_view_sql"),
    path("o/<slug:code>/masking/<uuid:mask_plan_id>/ask", masking.ask, name="mask_ask"),
    path("o/<slug:code>/masking/<uuid:mask_plan_id>/end", masking.end, name="mask_plan_end"),
    path("o/<slug:code>/masking/<uuid:mask_plan_id>/run", masking.begin, name="mask_run_begin"),
    path("o/<slug:code>/masking/runs/<uuid:mask_run_id>/", masking.run, name="mask_run"),
    path("o/<slug:code>/masking/runs/<uuid:mask_run_id>/progress", masking.run_progress, name="mask_run_progress"),
    path("o/<slug:code>/masking/runs/<uuid:mask_run_id>/sign", masking.sign, name="mask_run_sign"),
    path("o/<slug:code>/masking/runs/<uuid:mask_run_id>/report/<slug:form>", masking.report, name="mask_report"),
    path("o/<slug:code>/assessments/", assessing.index, name="assessments"),
    path("o/<slug:code>/assessments/new", assessing.create, name="assessment_new"),
    path("o/<slug:code>/assessments/<uuid:assessment_id>/", assessing.detail, name="assessment"),
    path("o/<slug:code>/assessments/<uuid:assessment_id>/duties/<slug:duty>", assessing.declare, name="assessment_declare"),
    path("o/<slug:code>/assessments/<uuid:assessment_id>/sign", assessing.sign, name="assessment_sign"),
    path("o/<slug:code>/assessments/<uuid:assessment_id>/report/<slug:form>", assessing.report, name="assessment_report"),
]
