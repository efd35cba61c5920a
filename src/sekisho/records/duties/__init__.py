"""期限: what falls due."""
