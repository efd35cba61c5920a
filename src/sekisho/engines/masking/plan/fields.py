"""Reading the values of a plan with a problem for each that is not as it should be: file, line and what was expected."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

from sekisho.errors import InputError, Problem
from sekisho.standards.yamlfile import Located

__all__ = ["Fields", "Path"]

Path = list[str | int]
_MOST: Final = 200
_LONGEST: Final = 4000


class Fields:
    """Takes values by their path and gathers what is wrong with them."""

    def __init__(self, located: Located, file: str) -> None:
        """``located``: the file's values with their lines."""
        self.located, self.file = located, file
        self.problems: list[Problem] = []

    def wrong(self, path: Path, code: str, **fields: Any) -> None:
        """One problem at the line of ``path``; its place is named as ``tables.住民.columns.氏名``."""
        place = ".".join(str(one) for one in path)
        row = self.located.line(path)
        self.problems.append(Problem(f"masking_runs.{code}", {"path": place or ".", **fields}, self.file, row, place))

    def stop(self) -> None:
        """Raise InputError ``masking_runs.plan_bad`` with all that was gathered; nothing where all is right."""
        if self.problems:
            shown = tuple(self.problems[:_MOST])
            raise InputError("masking_runs.plan_bad", problems=shown, file=self.file, count=len(self.problems))

    def mapping(
        self, value: Any, path: Path, *, known: Collection[str] | None = None, needed: Collection[str] = ()
    ) -> dict[str, Any]:
        """A mapping with only ``known`` keys (any, where None) and all that are ``needed``; an empty one where it is none."""
        if not isinstance(value, Mapping):
            self.wrong(path, "expects_mapping")
            return {}
        found = {str(key): one for key, one in value.items()}
        if known is not None:
            for key in found:
                if key not in known:
                    self.wrong([*path, key], "field_unknown", field=key, known=", ".join(known))
        for key in needed:
            if key not in found:
                self.wrong(path, "field_missing", field=key)
        return found

    def text(self, values: Mapping[str, Any], key: str, path: Path, *, needed: bool = False, among: Collection[str] = ()) -> str:
        """A text; empty where it is missing or wrong. ``needed``: it may not be empty."""
        value = values.get(key, "")
        if not isinstance(value, str) or len(value) > _LONGEST or (needed and key in values and not value.strip()):
            self.wrong([*path, key], "expects_words")
            return ""
        if among and value and value not in among:
            self.wrong([*path, key], "expects_one_of", choices=", ".join(among))
            return ""
        return value

    def texts(self, values: Mapping[str, Any], key: str, path: Path) -> tuple[str, ...]:
        """A list of texts, or one text."""
        value = values.get(key, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value) or len(set(value)) != len(value):
            self.wrong([*path, key], "expects_list")
            return ()
        return tuple(value)

    def day(self, values: Mapping[str, Any], key: str, path: Path) -> date | None:
        """A day, as YAML or ISO 8601 text has it."""
        value = values.get(key)
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        if value is not None and type(value) is not date:
            self.wrong([*path, key], "expects_day")
            return None
        return value

    def whole(self, values: Mapping[str, Any], key: str, path: Path, *, low: int) -> int:
        """A whole number from ``low`` on."""
        value = values.get(key, low)
        if type(value) is not int or value < low:
            self.wrong([*path, key], "expects_number", low=low)
            return low
        return value

    def flag(self, values: Mapping[str, Any], key: str, path: Path, *, default: bool) -> bool:
        """True or false."""
        value = values.get(key, default)
        if type(value) is not bool:
            self.wrong([*path, key], "expects_flag")
            return default
        return value

    def share(self, values: Mapping[str, Any], key: str, path: Path) -> float | None:
        """A number from 0 to 1, or nothing."""
        value = values.get(key)
        if value is not None and (type(value) not in {int, float} or not 0 <= value <= 1):
            self.wrong([*path, key], "expects_share")
            return None
        return value
