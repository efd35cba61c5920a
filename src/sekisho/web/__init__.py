"""The web: settings, theme, shared templates, accounts, the API's root."""
