"""Django's view of the shared web parts."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Settings, theme, shared templates, API root."""

    name = "sekisho.web"
