"""What it survives: each a command that prints what it did and fails when something was lost."""
