"""Ways out: block lists for devices, exchange with others. What a device blocks is read back in :mod:`..readback`."""

from __future__ import annotations

from sekisho.engines.threatintel.writers.common import LeftOut, Written
from sekisho.engines.threatintel.writers.devices import write_firewall_csv, write_hashes, write_hosts, write_rpz, write_squid
from sekisho.engines.threatintel.writers.exchange import write_misp, write_sigma, write_stix

__all__ = [
    "LeftOut",
    "Written",
    "write_firewall_csv",
    "write_hashes",
    "write_hosts",
    "write_misp",
    "write_rpz",
    "write_sigma",
    "write_squid",
    "write_stix",
]
