"""Finds personal data, numbers with legal care, markings and secrets in text (controls 8.11, 8.12).

``scanner`` is the door: :class:`~sekisho.engines.leakscan.scanner.Scanner`; ``plugs`` is what recognisers of names, addresses and
an organisation's own documents plug into; ``kinds`` names what is found and why.
"""

from sekisho.engines.leakscan.kinds import Kind, Reason
from sekisho.engines.leakscan.plugs import Hit, Recogniser

__all__ = ["Hit", "Kind", "Reason", "Recogniser"]
