"""Addresses of 記録簿."""

from __future__ import annotations

from django.urls import path

from sekisho.records.ledger import views

app_name = "ledger"
urlpatterns = [
    path("o/<slug:code>/ledger/", views.index, name="index"),
    path("o/<slug:code>/ledger/verify", views.verify, name="verify"),
    path("o/<slug:code>/ledger/head", views.head, name="head"),
    path("o/<slug:code>/ledger/<int:sequence>/", views.entry, name="entry"),
]
