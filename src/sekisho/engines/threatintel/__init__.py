"""Threat intelligence: from a notice or a feed to indicators with TLP, relevance, block lists, and what is really blocked."""

from __future__ import annotations

from sekisho.engines.threatintel.listed import Mapped, read_csv, read_list, read_own, write_own
from sekisho.engines.threatintel.misp import read_misp
from sekisho.engines.threatintel.model import Item, Reading, Refused
from sekisho.engines.threatintel.notice import Candidate, Likelihood, Notice, read_notice, read_notice_text
from sekisho.engines.threatintel.readback import Blocked, Check, check, denied, read_hash_list, read_hosts, read_rpz, read_squid
from sekisho.engines.threatintel.reading import Form, form_of, read
from sekisho.engines.threatintel.stix import read_stix, read_stix_objects
from sekisho.engines.threatintel.tlp import UNLABELLED, Audience, check_export, find_tlp, may_see, parse_tlp, permitted, strictest

__all__ = [
    "UNLABELLED",
    "Audience",
    "Blocked",
    "Candidate",
    "Check",
    "Form",
    "Item",
    "Likelihood",
    "Mapped",
    "Notice",
    "Reading",
    "Refused",
    "check",
    "check_export",
    "denied",
    "find_tlp",
    "form_of",
    "may_see",
    "parse_tlp",
    "permitted",
    "read",
    "read_csv",
    "read_hash_list",
    "read_hosts",
    "read_list",
    "read_misp",
    "read_notice",
    "read_notice_text",
    "read_own",
    "read_rpz",
    "read_squid",
    "read_stix",
    "read_stix_objects",
    "strictest",
    "write_own",
]
