"""The reference page of all checks, made from the rules, so that it cannot say anything else than they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sekisho.engines.baseline.rules import CONSIDERATIONS, load_rules

if TYPE_CHECKING:
    from sekisho.engines.baseline.rules import Rule

__all__ = ["reference_page"]

_NAMES = {
    "privileged_identities": "特権の識別情報 / Privileged identities",
    "unused_identities": "使われない識別情報 / Unused identities",
    "unneeded_services": "不要なサービス / Unneeded services",
    "powerful_utilities": "強力な道具 / Powerful utilities",
    "host_parameter_access": "ホストの設定への接触 / Access to host parameters",
    "clock_synchronisation": "時計の同期 / Clock synchronisation",
    "initial_parameters": "初期のパスワードと設定 / Initial passwords and parameters",
    "automatic_logoff": "自動ログオフ / Automatic log-off",
}
_HEAD = """# Baseline checks / 設定の点検項目

<!-- Made from src/sekisho/engines/baseline/rules/*.yaml by reference_page(); do not edit by hand. -->

Control 8.9 (configuration management) names eight things to consider when the settings of a host are decided. Each check below
belongs to one of them. A check passes, fails, does not apply, or could not be read; the last is an error and never a pass.
"Verified" says how the rule's source was checked: `memory` = named from knowledge, not compared word by word with the document.
"""


def _condition(check: dict[str, Any]) -> str:
    """A condition as one line of text."""
    for name, word in (("all", " and "), ("any", " or ")):
        if name in check:
            return "(" + word.join(_condition(part) for part in check[name]) + ")"
    fact = check["fact"] + (f"[{check['field']}]" if "field" in check else "")
    return f"`{fact}` {check['op']}" + (f" `{check['expected']}`" if "expected" in check else "")


def _rule(rule: Rule) -> list[str]:
    lines = [f"### `{rule.id}`", "", f"**{rule.title.ja}**  ", f"{rule.title.en}", ""]
    lines += [f"- severity: {rule.severity.value}; verified: {rule.verified}; source: {'; '.join(rule.source)}"]
    lines += [f"- condition: {_condition(rule.check)}"]
    if rule.applicable_when is not None:
        lines += [f"- applies when: {_condition(rule.applicable_when)}"]
    lines += [f"- なぜ: {rule.why.ja}", f"- why: {rule.why.en}", f"- 対処: {rule.remedy.ja}", f"- remedy: {rule.remedy.en}", ""]
    return lines


def reference_page() -> str:
    """The page in Markdown (``docs/reference/baseline-checks.md``)."""
    lines = [_HEAD]
    for platform, title in (("linux", "Linux"), ("windows", "Windows")):
        rules = load_rules(platform)
        lines += [f"# {title} ({len(rules.rules)})", ""]
        for consideration in CONSIDERATIONS:
            lines += [f"## {title}: {_NAMES[consideration]}", ""]
            for rule in rules.rules:
                lines += _rule(rule) if rule.consideration == consideration else []
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    print(reference_page(), end="")  # noqa: T201 - its purpose
