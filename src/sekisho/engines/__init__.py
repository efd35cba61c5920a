"""Engines: pure computation. Files and values in, Observations out."""
