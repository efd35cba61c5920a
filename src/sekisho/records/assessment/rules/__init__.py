"""Decisions of the room as pure functions: no database, no clock.

``evaluate`` what level does the evidence support; ``settle`` what becomes of a judgement then; ``applicable`` which requirement
holds for which subject; ``explain`` all that in words.
"""
