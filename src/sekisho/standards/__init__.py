"""Catalogues and other facts as data, and their typed loaders. Imports nothing of ours but errors."""
