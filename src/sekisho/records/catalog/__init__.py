"""基準: catalogues, requirements, mappings, overlays."""
