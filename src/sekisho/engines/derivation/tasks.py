"""What the tasks already answer: who, what, how and where, turned into answers of questions, and contradictions with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from sekisho.engines.derivation.truth import Value
    from sekisho.engines.systemdiagram.business import Business
    from sekisho.standards.rule_sets import Question

__all__ = ["SOURCES", "contradicts", "from_tasks"]

_PERSONAL: Final = ("none", "personal", "sensitive", "my_number")
_SAME: Final = ("hosting", "cloud")  # where the system stands is one fact, said twice
_CONFIDENTIALITY: Final = ("c1", "m1", "c2", "m2", "m3c", "m3b", "c3", "m3a")


def _actors(business: Business) -> set[str]:
    people = {use.actor for task in business.tasks for use in task.uses}
    return {{"administrator": "staff"}.get(actor, actor) for actor in people} - {"remote_maintenance"}


def _administrators(business: Business) -> set[str]:
    uses = [use for task in business.tasks for use in task.uses]
    found = {"staff" for use in uses if use.actor == "administrator" or (use.actor == "staff" and use.action == "administer")}
    found |= {"contractor" for use in uses if use.actor == "contractor" and use.action == "administer"}
    return found | {"remote_maintenance" for use in uses if use.actor == "remote_maintenance"}


def _places(business: Business) -> set[str]:
    return {{"public_place": "outside"}.get(use.place, use.place) for task in business.tasks for use in task.uses}


def _terminals(business: Business) -> set[str]:
    return {use.terminal for task in business.tasks for use in task.uses} - {"none"}


def _internet(business: Business) -> str | None:
    networks = {use.network for task in business.tasks for use in task.uses}
    networks |= {partner.network for task in business.tasks for partner in task.partners}
    return ("yes" if "internet" in networks else "no") if networks else None


def _partners(business: Business) -> str | None:
    return ("yes" if any(task.partners for task in business.tasks) else "no") if business.tasks else None


def _carry_out(business: Business) -> str | None:
    return "yes" if any(use.action == "carry_out" for task in business.tasks for use in task.uses) else None


def _highest(values: list[str], order: tuple[str, ...]) -> str | None:
    known = [value for value in values if value in order]
    return max(known, key=order.index) if known else None


def _personal(business: Business) -> str | None:
    return _highest([information.personal or "none" for information in business.information], _PERSONAL)


def _confidentiality(business: Business) -> str | None:
    return _highest([information.confidentiality for information in business.information], _CONFIDENTIALITY)


def _hosting(business: Business) -> str | None:
    return business.hosting if business.tasks and business.hosting != "none" else None


def _cloud(business: Business) -> str | None:
    if not business.tasks or business.hosting == "none":
        return None
    return business.cloud_kind or "none"


def _information(business: Business) -> str | None:
    return "、".join(information.name for information in business.information) or None


SOURCES: Final[dict[str, Callable[[Business], str | set[str] | None]]] = {
    "actors": _actors,
    "administrators": _administrators,
    "places": _places,
    "terminals": _terminals,
    "internet": _internet,
    "partners": _partners,
    "carry_out": _carry_out,
    "personal": _personal,
    "confidentiality": _confidentiality,
    "information": _information,
    "hosting": _hosting,
    "cloud": _cloud,
}
"""The words that a question's ``from_tasks`` may hold."""


def from_tasks(question: Question, business: Business) -> Value | None:
    """The answer that the tasks give to the question; None when they say nothing about it."""
    if question.from_tasks is None:
        return None
    found = SOURCES[question.from_tasks](business)
    if isinstance(found, set):
        return tuple(option.id for option in question.options if option.id in found) or None
    if question.options and found is not None and question.option(found) is None:
        return None
    return found


def contradicts(question: Question, given: Value, tasks: Value) -> bool:
    """Whether the answer says less than the tasks: something chosen is missing, a "no" where the tasks say yes, a lower class."""
    if isinstance(given, tuple) and isinstance(tasks, tuple):
        return not set(tasks) <= set(given)
    if question.kind == "yes_no":
        return given == "no" and tasks == "yes"
    if question.from_tasks in _SAME:
        return given != tasks
    for order in (_PERSONAL, _CONFIDENTIALITY):
        if given in order and tasks in order:
            return order.index(str(given)) < order.index(str(tasks))
    return False
