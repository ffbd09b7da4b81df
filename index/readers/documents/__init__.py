"""Pages that people read: which parts of them are questions, and which are their answers."""
