"""What `evaluate` found, as tables for the terminal and as one HTML page."""
