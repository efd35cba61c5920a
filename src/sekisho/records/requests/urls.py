"""Addresses of 申請."""

from __future__ import annotations

from django.urls import path

from sekisho.records.requests import views

app_name = "requests"
urlpatterns = [
    path("o/<slug:code>/requests/", views.index, name="index"),
    path("o/<slug:code>/requests/absences", views.absences, name="absences"),
    path("o/<slug:code>/requests/absences/<uuid:absence_id>/end", views.end_absence, name="end_absence"),
    path("o/<slug:code>/requests/reviews", views.reviews, name="reviews"),
    path("o/<slug:code>/requests/reviews/<uuid:decision_id>", views.review, name="review"),
    path("o/<slug:code>/requests/steps/<uuid:step_id>/decide", views.decide, name="decide"),
    path("o/<slug:code>/requests/<uuid:request_id>/", views.detail, name="detail"),
    path("o/<slug:code>/requests/<uuid:request_id>/withdraw", views.withdraw, name="withdraw"),
    path("o/<slug:code>/requests/<uuid:request_id>/resubmit", views.resubmit, name="resubmit"),
]
