"""From content to a snapshot: pages, entries, vectors. Knows nothing of qa."""
