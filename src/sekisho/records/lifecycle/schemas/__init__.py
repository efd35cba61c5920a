"""What goes over HTTP, one module an area."""
