"""Addresses of the area ``notice`` of 調達."""

from __future__ import annotations

from django.urls import URLPattern, path

from sekisho.records.procurement.views import bidding, evaluation, notice

_NOTICE = "o/<slug:code>/procurement/<uuid:case_id>/notice/"

urlpatterns: list[URLPattern] = [
    path(_NOTICE, notice.notice, name="notice"),
    path(f"{_NOTICE}publish", notice.publish, name="notice_publish"),
    path(f"{_NOTICE}correct", notice.correct, name="notice_correct"),
    path(f"{_NOTICE}open", notice.open_bids, name="notice_open"),
    path(f"{_NOTICE}<int:number>/", notice.show, name="notice_show"),
    path(f"{_NOTICE}<int:number>/verify", notice.verify, name="notice_verify"),
    path(f"{_NOTICE}<int:number>/specification.<slug:form>", notice.download, name="notice_file"),
    path(f"{_NOTICE}bidders/", bidding.bidders, name="notice_bidders"),
    path(f"{_NOTICE}bidders/<uuid:bidder_id>", bidding.bidder, name="notice_bidder"),
    path(f"{_NOTICE}bidders/<uuid:bidder_id>/answers", bidding.deliver, name="notice_deliver"),
    path(f"{_NOTICE}questions/", bidding.questions, name="notice_questions"),
    path(f"{_NOTICE}questions/new", bidding.question_new, name="notice_question_new"),
    path(f"{_NOTICE}questions/release", bidding.release, name="notice_release"),
    path(f"{_NOTICE}questions/<int:number>", bidding.question, name="notice_question"),
    path(f"{_NOTICE}questions/answers.<slug:form>", bidding.answer_file, name="notice_answers"),
    path(f"{_NOTICE}evaluation/", evaluation.evaluation, name="notice_evaluation"),
    path(f"{_NOTICE}evaluation/sheet.xlsx", evaluation.evaluation_file, name="notice_sheet"),
    path(f"{_NOTICE}evaluation/proposals/new", evaluation.proposal_new, name="notice_proposal_new"),
    path(f"{_NOTICE}evaluation/proposals/<uuid:proposal_id>", evaluation.proposal_file, name="notice_proposal"),
    path(f"{_NOTICE}evaluation/score/<uuid:bidder_id>", evaluation.score, name="notice_score"),
    path(f"{_NOTICE}evaluation/close", evaluation.close, name="notice_close"),
    path(f"{_NOTICE}evaluation/award", evaluation.award, name="notice_award"),
]
