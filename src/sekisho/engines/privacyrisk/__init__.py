"""Privacy risk of a table: how easily its records lead back to people, and how to generalise it so that they no longer do."""

from sekisho.engines.privacyrisk.assess import Assessment, Options, assess
from sekisho.engines.privacyrisk.model import Closeness, Distance, Diversity, Missing, Requirements, Roles

__all__ = [
    "Assessment",
    "Closeness",
    "Distance",
    "Diversity",
    "Missing",
    "Options",
    "Requirements",
    "Roles",
    "assess",
]
