"""Addresses of the room."""

from __future__ import annotations

from django.urls import path

from sekisho.records.organization import people_views as people
from sekisho.records.organization import views

app_name = "organization"
urlpatterns = [
    path("o/<slug:code>/organizations/", views.index, name="index"),
    path("o/<slug:code>/organizations/children", views.children, name="children"),
    path("o/<slug:code>/organizations/new", views.create, name="create"),
    path("o/<slug:code>/organizations/edit", views.edit, name="edit"),
    path("o/<slug:code>/organizations/move", views.move, name="move"),
    path("o/<slug:code>/organizations/close", views.close, name="close"),
    path("o/<slug:code>/organizations/roles", views.roles, name="roles"),
    path("o/<slug:code>/people/", people.index, name="people"),
    path("o/<slug:code>/people/new", people.create, name="person_create"),
    path("o/<slug:code>/people/<uuid:person_id>/", people.detail, name="person"),
    path("o/<slug:code>/people/<uuid:person_id>/<slug:verb>", people.act, name="person_act"),
    path("o/<slug:code>/memberships/new", people.give, name="membership_give"),
    path("o/<slug:code>/memberships/<uuid:membership_id>/end", people.end, name="membership_end"),
]
