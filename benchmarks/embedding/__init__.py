"""From JPEG files to stored vectors, beside what a user would take instead."""
