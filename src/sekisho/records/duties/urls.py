"""Addresses of 期限."""

from __future__ import annotations

from django.urls import path, re_path

from sekisho.records.duties import views

app_name = "duties"
urlpatterns = [
    path("o/<slug:code>/duties/", views.index, name="index"),
    path("o/<slug:code>/duties/calendar", views.make_feed, name="make_feed"),
    path("o/<slug:code>/duties/calendar/stop", views.stop_feed, name="stop_feed"),
    path("o/<slug:code>/duties/<uuid:duty_id>/", views.detail, name="detail"),
    path("o/<slug:code>/duties/<uuid:duty_id>/complete", views.complete, name="complete"),
    path("o/<slug:code>/duties/<uuid:duty_id>/assign", views.assign, name="assign"),
    re_path(r"^calendar/(?P<secret>[A-Za-z0-9_-]{20,100})\.ics$", views.feed, name="feed"),
]
