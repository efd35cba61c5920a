"""What the API of the room says and takes, one module an area."""
