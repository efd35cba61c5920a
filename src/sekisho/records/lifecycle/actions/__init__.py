"""Every write of the room."""

__all__: list[str] = []
