"""Text with positions out of files of all kinds."""
