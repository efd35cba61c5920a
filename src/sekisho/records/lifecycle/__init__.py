"""Retention, deletion with proof, and the care for data that goes with them."""
