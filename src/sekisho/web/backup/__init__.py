"""Backup of a whole installation into one sealed file, and its restoring into another database (docs/reference/backup-format.md).

``sealing`` knows the cipher, ``container`` the frames inside it, ``tables`` how rows become JSON and back; ``writing`` and
``restoring`` are the two directions.
"""
