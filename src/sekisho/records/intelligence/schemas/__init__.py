"""What the room's API takes and gives."""
