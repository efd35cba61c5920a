"""Doors to the engines: loaded late, since they need an extra of the installation."""
