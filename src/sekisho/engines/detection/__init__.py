"""Detection: what in the logs is worth a person's attention, and how much of the logs was looked at."""
