"""申請・承認: one mechanism for all rooms."""
