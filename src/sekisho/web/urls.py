"""All addresses."""

from __future__ import annotations

from django.urls import include, path

from sekisho.web import rooms, views

handler400 = "sekisho.web.views.bad_request"
handler403 = "sekisho.web.views.forbidden"
handler404 = "sekisho.web.views.not_found"
handler500 = "sekisho.web.views.server_error"

urlpatterns = [
    # Rooms first: the home page of a room takes the place of the plain one below.
    *(path("", include(module)) for module in rooms.url_modules()),
    path("", views.start, name="start"),
    path("o/<slug:code>/", views.organization_home, name="organization_home"),
    path("o/<slug:code>/search", views.search, name="search"),
    path("o/<slug:code>/installation", views.installation, name="installation"),
    path("switch", views.switch, name="switch"),
    path("language", views.language, name="language"),
    path("account/", include("sekisho.web.account_urls")),
    path("api/v1/", include("sekisho.web.api_urls")),
]
