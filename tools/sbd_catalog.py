"""Make the catalogue ``sbd`` and its applicability from the rule set ``specification``: one source for what is bought and judged.

``tools/sbd_catalog.py`` writes both files; ``--check`` says whether they are up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
import yaml

from sekisho.standards.rule_sets import rule_set

DATA = Path(__file__).resolve().parent.parent / "src" / "sekisho" / "standards" / "data"
HEADER = "# Made by tools/sbd_catalog.py from data/procurement/specification; never edited by hand.\n"
LEVEL_WORDS = {"low": ("低位", "Low"), "mid": ("中位", "Middle"), "high": ("高位", "High")}


def _text(ja: str, en: str) -> dict[str, str]:
    return {"ja": ja, "en": en, "translation": "ours"}


def catalog() -> dict[str, Any]:
    """The catalogue: one requirement for each of the rule set's, with the three strengths as its points."""
    rules = rule_set("specification")
    rows = []
    for requirement in rules.requirements:
        demands = [
            {"no": level, "title": _text(*LEVEL_WORDS[level]), "summary": _text(d.demand.ja, d.demand.en)}
            for level, d in requirement.levels.items()
        ]
        ties = (("unified_standard_r5", requirement.unified_standard_r5), ("annex_a_2022", requirement.annex_a_2022))
        rows.append(
            {
                "id": requirement.id,
                "parent": requirement.group,
                "title": msgspec.to_builtins(requirement.title),
                "summary": _text(requirement.purpose.ja, requirement.purpose.en),
                "applies_to": ["system", "cloud_service"],
                "plan_unit": "per_system",
                "points": demands,
                "mappings": [
                    {"catalog": name, "ids": list(ids), "relation": "related", "verified": "proposal"}
                    for name, ids in ties
                    if ids
                ],
                "confidence": "low",
                "verified": {"title": requirement.verified, "points": "proposal", "mappings": "proposal"},
            }
        )
    return {
        "id": "sbd",
        "edition": "2022-07",
        "title": _text(
            "情報システムに係る政府調達におけるセキュリティ要件策定マニュアルの対策要件",
            "Requirements of the security by design manual for government procurement",
        ),
        "issuer": _text("内閣官房（現 国家サイバー統括室）", "Cabinet Secretariat (now the National Cybersecurity Office)"),
        "unit": _text("対策要件", "requirement"),
        "status": "current",
        "source": msgspec.to_builtins(rules.source),
        "confidence": rules.confidence,
        "confidence_note": msgspec.to_builtins(rules.confidence_note),
        "groups": [msgspec.to_builtins(group) for group in rules.groups],
        "requirements": rows,
    }


def applicability() -> dict[str, Any]:
    """A requirement is asked of a system only when it was bought with it."""
    return {
        "catalog": "sbd",
        "rules": [
            {
                "id": f"not_bought_{requirement.id.lower().replace('-', '_')}",
                "requirements": [requirement.id],
                "when": {"absent": [f"sbd:{requirement.id}"]},
                "applicable": False,
                "arises": False,
                "reason": "assessment.not_bought",
                "verified": "proposal",
            }
            for requirement in rule_set("specification").requirements
        ],
    }


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nothing(inner) for key, inner in value.items() if inner is not None}
    return [_without_nothing(inner) for inner in value] if isinstance(value, list | tuple) else value


def _yaml(value: dict[str, Any]) -> str:
    return HEADER + yaml.safe_dump(
        _without_nothing(value), allow_unicode=True, sort_keys=False, width=150, default_flow_style=None
    )


def main() -> int:
    """Entry point."""
    files = {DATA / "catalogs" / "sbd.yaml": _yaml(catalog()), DATA / "applicability" / "sbd.yaml": _yaml(applicability())}
    if "--check" in sys.argv[1:]:
        old = [path.name for path, text in files.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
        if old:
            print(f"[sekisho] not up to date: {', '.join(old)}; run tools/sbd_catalog.py")
        return bool(old)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
