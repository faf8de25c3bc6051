"""From JPEG files to stored vectors, beside open_clip's own loop."""
