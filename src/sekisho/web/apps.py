"""Django's view of the shared web parts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    """Settings, theme, shared templates, API root."""

    name = "sekisho.web"

    def ready(self) -> None:
        """Every form says what to do, in our words; TAXII servers are read through the gateway."""
        from django.core.validators import validate_email  # noqa: PLC0415 - needs the apps
        from django.forms import ChoiceField, DateField, Field, IntegerField  # noqa: PLC0415 - needs the apps

        Field.default_error_messages["required"] = _("入れてください。")
        ChoiceField.default_error_messages["invalid_choice"] = _("並んでいるものから選んでください。")
        DateField.default_error_messages["invalid"] = _("日付を 2026-04-01 の形で入れてください。")
        IntegerField.default_error_messages["invalid"] = _("整数を入れてください。")
        from sekisho.web import fetching  # noqa: PLC0415 - needs the apps

        fetching.register()
        validate_email.message = _("メールアドレスの形で入れてください。例：hanako@example.lg.jp")
