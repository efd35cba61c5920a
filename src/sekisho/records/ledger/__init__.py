"""記録簿: the append-only, hash-chained record of every change."""
