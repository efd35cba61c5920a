"""``sekisho recover``: a one-time link for somebody who cannot log in, made by whoever runs the machine."""

from __future__ import annotations

from typing import Annotated

import typer

from sekisho.cli.common import JsonOption, print_json, say
from sekisho.cli.django import setup
from sekisho.errors import NotFound


def command(
    login: Annotated[str, typer.Argument(help="ログイン名 / log-in name")],
    reset_factors: Annotated[
        bool, typer.Option(help="TOTP・パスキー・回復コードも消す / also remove TOTP, passkeys and recovery codes")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """入れなくなった人のための、1時間だけ使えるリンクを作る / make a recovery link, valid for an hour and once."""
    setup()
    from django.conf import settings
    from django.urls import reverse
    from django.utils import timezone

    from sekisho.records.organization.actions import accounts
    from sekisho.records.organization.models import Person
    from sekisho.records.organization.principals import SYSTEM

    person = Person.objects.filter(login__iexact=login).first()
    if person is None:
        raise NotFound("cli.no_person", login=login)
    uid, token = accounts.issue_recovery_link(SYSTEM, person, reset_factors=reset_factors, now=timezone.now())
    link = f"{settings.CONFIG.base_url}{reverse('recover', args=(uid, token))}"
    if as_json:
        print_json({"login": person.login, "link": link})
    else:
        say("cli.recovery_link", link=link)
