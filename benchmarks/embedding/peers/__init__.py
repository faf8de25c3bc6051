"""Programs that a user would take instead, each in an environment and a process of its own."""
