"""Who may do what: keys, sessions, limits, and the headers that protect a browser."""
