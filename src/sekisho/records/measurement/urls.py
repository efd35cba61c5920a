"""Addresses of 測定と報告."""

from __future__ import annotations

from django.urls import path

from sekisho.records.measurement.views import home, indicators, received, reports, trace

app_name = "measurement"
urlpatterns = [
    path("o/<slug:code>/", home.home, name="home"),
    path("o/<slug:code>/indicators/", indicators.index, name="indicators"),
    path("o/<slug:code>/indicators/compute", indicators.compute, name="compute"),
    path("o/<slug:code>/indicators/<slug:key>/", indicators.detail, name="indicator"),
    path("o/<slug:code>/indicators/<slug:key>/target", indicators.target, name="target"),
    path("o/<slug:code>/indicators/<slug:key>/target/remove", indicators.remove_target, name="remove_target"),
    path("o/<slug:code>/trace/pairs/", trace.pairs, name="pairs"),
    path("o/<slug:code>/trace/findings/", trace.findings, name="findings"),
    path("o/<slug:code>/trace/indicators/<uuid:pk>/", trace.indicator, name="trace_indicator"),
    path("o/<slug:code>/trace/indicators/<uuid:pk>/findings", trace.indicator_findings, name="trace_findings"),
    path("o/<slug:code>/trace/judgements/<uuid:pk>/", trace.judgement, name="trace_judgement"),
    path("o/<slug:code>/trace/findings/<uuid:pk>/", trace.finding, name="trace_finding"),
    path("o/<slug:code>/reports/", reports.index, name="reports"),
    path("o/<slug:code>/reports/build", reports.build, name="build"),
    path("o/<slug:code>/reports/jobs/<uuid:pk>/", reports.job, name="report_job"),
    path("o/<slug:code>/reports/<uuid:pk>/", reports.report, name="report"),
    path("o/<slug:code>/reports/<uuid:pk>/files/<slug:output>", reports.download, name="download"),
    path("o/<slug:code>/reports/<uuid:pk>/template", reports.template, name="template"),
    path("o/<slug:code>/reports/<uuid:pk>/issue", reports.issue, name="issue"),
    path("o/<slug:code>/reports/<uuid:pk>/submit", reports.submit, name="submit"),
    path("o/<slug:code>/reports/<uuid:pk>/references/<int:number>/", reports.reference, name="reference"),
    path("o/<slug:code>/received/", received.index, name="received"),
    path("o/<slug:code>/received/<uuid:pk>/", received.report, name="received_report"),
    path("o/<slug:code>/received/<uuid:pk>/files/<slug:output>", received.download, name="received_download"),
    path("document.css", reports.stylesheet, name="document_css"),
]
