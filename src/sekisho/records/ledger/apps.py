"""Django's view of the room."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The room ``ledger``."""

    name = "sekisho.records.ledger"
    default_auto_field = "django.db.models.BigAutoField"
