"""Privacy risk of a table: how easily its records lead back to people, and how to generalise it so that they no longer do."""

from sekisho.engines.privacyrisk.assess import Assessment, Options, assess
from sekisho.engines.privacyrisk.checklist import Checklist, Declaration, Settings, figures_of, join, read_declarations
from sekisho.engines.privacyrisk.generalize import Generalized, How, Method, generalize
from sekisho.engines.privacyrisk.hierarchies import Hierarchy, read_hierarchy, read_hierarchy_file
from sekisho.engines.privacyrisk.loss import Aggregate, LossModel
from sekisho.engines.privacyrisk.model import Closeness, Distance, Diversity, Missing, Requirements, Roles
from sekisho.engines.privacyrisk.observe import observe
from sekisho.engines.privacyrisk.propose import Proposal, propose
from sekisho.engines.privacyrisk.specs import read_specs
from sekisho.engines.privacyrisk.verify import Verification, verify

__all__ = [
    "Aggregate",
    "Assessment",
    "Checklist",
    "Closeness",
    "Declaration",
    "Distance",
    "Diversity",
    "Generalized",
    "Hierarchy",
    "How",
    "LossModel",
    "Method",
    "Missing",
    "Options",
    "Proposal",
    "Requirements",
    "Roles",
    "Settings",
    "Verification",
    "assess",
    "figures_of",
    "generalize",
    "join",
    "observe",
    "propose",
    "read_declarations",
    "read_hierarchy",
    "read_hierarchy_file",
    "read_specs",
    "verify",
]
