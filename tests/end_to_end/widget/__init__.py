"""The chat widget in a real browser, on pages of all kinds."""
