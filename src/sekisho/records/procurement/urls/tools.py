"""Addresses of the area ``tools`` of 調達: gradings, rules, templates, numbering, the check of a generative AI."""

from __future__ import annotations

from django.urls import URLPattern, path

from sekisho.records.procurement.views import ai_check, editions, gradings, rules, styles

_BASE = "o/<slug:code>/procurement/"
_CASE = f"{_BASE}<uuid:case_id>/"

urlpatterns: list[URLPattern] = [
    path(f"{_BASE}gradings/", gradings.index, name="gradings"),
    path(f"{_BASE}gradings/new", gradings.grade, name="grade"),
    path(f"{_BASE}gradings/live", gradings.live, name="grading_live"),
    path(f"{_BASE}gradings/<uuid:grading_id>/", gradings.show, name="grading"),
    path(f"{_BASE}gradings/<uuid:grading_id>/targets", gradings.targets, name="grading_targets"),
    path(f"{_BASE}rules/", rules.index, name="rules"),
    path(f"{_BASE}rules/files.zip", rules.files, name="rule_files"),
    path(f"{_BASE}rules/new", editions.propose, name="rules_new"),
    path(f"{_BASE}rules/<uuid:edition_id>/", editions.edition, name="rule_edition"),
    path(f"{_BASE}rules/<uuid:edition_id>/<slug:verb>", editions.edition_do, name="rule_edition_do"),
    path(f"{_CASE}rules", editions.case_rules, name="case_rules"),
    path(f"{_BASE}templates/", styles.templates, name="word_templates"),
    path(f"{_BASE}templates/<uuid:template_id>/file", styles.template_file, name="word_template_file"),
    path(f"{_BASE}templates/<uuid:template_id>/withdraw", styles.template_withdraw, name="word_template_withdraw"),
    path(f"{_BASE}numbering/", styles.numbering, name="numbering"),
    path(f"{_BASE}numbering/new", styles.numbering_new, name="numbering_new"),
    path(f"{_BASE}numbering/example", styles.numbering_example, name="numbering_example"),
    path(f"{_BASE}numbering/<uuid:style_id>/", styles.numbering_edit, name="numbering_edit"),
    path(f"{_BASE}numbering/<uuid:style_id>/delete", styles.numbering_delete, name="numbering_delete"),
    path(f"{_CASE}ai", ai_check.show, name="ai"),
    path(f"{_CASE}ai/start", ai_check.start, name="ai_start"),
    path(f"{_CASE}ai/check", ai_check.tick, name="ai_tick"),
    path(f"{_CASE}ai/document.<slug:form>", ai_check.document, name="ai_document"),
]
