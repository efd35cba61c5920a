"""What the heading of a column says that it holds: Japanese words, their romaji, and English."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources
from typing import Final

from sekisho.standards.yamlfile import read_untrusted_yaml

__all__ = ["kind_by_heading"]

_OWN_FIRST: Final = frozenset({"household_number", "organisation", "name_of_thing"})


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    text = resources.files("sekisho.engines.masking").joinpath("headings.yaml").read_bytes()
    rows = read_untrusted_yaml(text, filename="headings.yaml").value
    return tuple((str(one["kind"]), re.compile(str(one["pattern"]), re.IGNORECASE)) for one in rows)


def kind_by_heading(heading: str) -> str:
    """The kind that a heading names, "" when it names none."""
    plain = re.sub(r"[\s　・]+", "", unicodedata.normalize("NFKC", heading))
    humped = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", plain)
    own = next((kind for kind, pattern in _compiled() if pattern.search(humped)), "")
    return own if own in _OWN_FIRST else _labelled(heading) or own


def _labelled(heading: str) -> str:
    """The kind by the leak scan's own labels (マイナンバー, 宛名番号, 電話番号, 生年月日 …)."""
    from sekisho.engines.leakscan.headers import header_mask  # noqa: PLC0415 - its words load where a heading is read
    from sekisho.engines.leakscan.kinds import Kind  # noqa: PLC0415
    from sekisho.engines.leakscan.words import built_in  # noqa: PLC0415

    mask = header_mask(heading, built_in())
    return next((kind.label for kind in Kind if mask >> int(kind) & 1 and kind is not Kind.IP_ADDRESS), "")
