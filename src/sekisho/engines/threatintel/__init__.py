"""Threat intelligence: from a notice or a feed to indicators with TLP, relevance, block lists, and what is really blocked."""

from __future__ import annotations

from sekisho.engines.threatintel.listed import Mapped, read_csv, read_list, read_own, write_own
from sekisho.engines.threatintel.misp import read_misp
from sekisho.engines.threatintel.model import Item, Reading, Refused
from sekisho.engines.threatintel.notice import Candidate, Likelihood, Notice, read_notice, read_notice_text
from sekisho.engines.threatintel.readback import Blocked, Check, check, denied, read_hash_list, read_hosts, read_rpz, read_squid
from sekisho.engines.threatintel.reading import Form, form_of, read
from sekisho.engines.threatintel.relevance import Band, Held, Holdings, Information, Relevance, relevance
from sekisho.engines.threatintel.review import from_notice, is_review, read_review, write_review
from sekisho.engines.threatintel.stix import read_stix, read_stix_objects
from sekisho.engines.threatintel.times import Case, Course, Step, course, measures
from sekisho.engines.threatintel.tlp import UNLABELLED, Audience, check_export, find_tlp, may_see, parse_tlp, permitted, strictest

__all__ = [
    "UNLABELLED",
    "Audience",
    "Band",
    "Blocked",
    "Candidate",
    "Case",
    "Check",
    "Course",
    "Form",
    "Held",
    "Holdings",
    "Information",
    "Item",
    "Likelihood",
    "Mapped",
    "Notice",
    "Reading",
    "Refused",
    "Relevance",
    "Step",
    "check",
    "check_export",
    "course",
    "denied",
    "find_tlp",
    "form_of",
    "from_notice",
    "is_review",
    "may_see",
    "measures",
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
    "read_review",
    "read_rpz",
    "read_squid",
    "read_stix",
    "read_stix_objects",
    "relevance",
    "strictest",
    "write_own",
    "write_review",
]
