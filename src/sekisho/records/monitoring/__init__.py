"""Log review: sources, rules, reviews with three purposes, findings, searches, and the watching of staff that is registered."""
