"""Pages of the room, one module an area."""
