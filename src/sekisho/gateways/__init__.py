"""Thin movers of bytes at the boundary of the network."""
