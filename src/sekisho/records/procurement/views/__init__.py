"""The pages of 調達, one module an area."""
