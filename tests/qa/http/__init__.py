"""One file for each route: its replies, its errors, its limits."""
