"""A plan as YAML for a person to read and edit: one line a column, with the reason beside it."""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["write_plan"]


class _Dumper(yaml.SafeDumper):
    """Mappings of plain values on one line, all else in blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def _mapping(dumper: yaml.SafeDumper, value: dict[str, Any]) -> yaml.Node:
    flat = "transform" in value and all(not isinstance(one, dict) for one in value.values())
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=flat)


def _sequence(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    flat = all(not isinstance(one, dict) for one in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=flat)


_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _sequence)


def write_plan(value: dict[str, Any], *, head: tuple[str, ...] = ()) -> str:
    """The YAML of a plan's plain value, with comment lines at its head; reading it gives the same plan."""
    comments = "".join(f"# {line}\n" for line in head)
    return comments + yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=4000)
