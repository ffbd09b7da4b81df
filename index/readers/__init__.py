"""Other people's forms of a FAQ: whatever a site has, read into pages."""
