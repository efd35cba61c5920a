"""Block lists and hunting queries in the forms that devices and partners read. Pure: values in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sekisho.engines.threatintel import writers
from sekisho.engines.threatintel.tlp import Audience
from sekisho.errors import InputError

if TYPE_CHECKING:
    from sekisho.engines.detection.indicators import Indicator
    from sekisho.engines.threatintel.writers import Written

__all__ = ["write"]


def write(indicators: Sequence[Indicator], form: str, *, audience: str, now: datetime, name: str, title: str) -> Written:  # noqa: PLR0911 - one line for each form
    """``indicators`` in one of :data:`FORMS` for ``audience``; ``name``: the organisation that gives it.

    Raises NotPermitted ``threatintel.tlp_forbids`` that names each indicator which must not go there: then nothing is written.
    """
    whom = Audience(audience)
    if form == "squid":
        return writers.write_squid(indicators, now=now, audience=whom)
    if form == "rpz":
        return writers.write_rpz(indicators, now=now, serial=int(now.timestamp()), audience=whom)
    if form == "hosts":
        return writers.write_hosts(indicators, now=now, audience=whom)
    if form == "csv":
        return writers.write_firewall_csv(indicators, now=now, audience=whom)
    if form == "hashes":
        return writers.write_hashes(indicators, now=now, audience=whom)
    if form == "stix":
        return writers.write_stix(indicators, now=now, audience=whom, name=name)
    if form == "misp":
        return writers.write_misp(indicators, now=now, audience=whom, name=name, title=title)
    if form == "sigma":
        return writers.write_sigma(indicators, now=now, audience=whom, title=title)
    raise InputError("intelligence.unknown_choice", name="form", value=form[:32])
