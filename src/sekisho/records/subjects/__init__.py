"""対象: what is judged, its parts and keys, and enrolled machines."""
