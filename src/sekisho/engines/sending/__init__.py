"""Handing Observations on: the portable bundle, the outbox that loses nothing, and the sender's half of the protocol."""

from __future__ import annotations

from sekisho.engines.sending.bundle import Bundle, Limits, pack, unpack
from sekisho.engines.sending.outbox import Outbox, State
from sekisho.engines.sending.sender import BATCH, NoAnswer, Policy, Request, Response, Sender, Wait

__all__ = [
    "BATCH",
    "Bundle",
    "Limits",
    "NoAnswer",
    "Outbox",
    "Policy",
    "Request",
    "Response",
    "Sender",
    "State",
    "Wait",
    "pack",
    "unpack",
]
