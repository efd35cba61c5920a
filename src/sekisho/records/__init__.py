"""Django apps, the system of record: one room for each part of the work."""
