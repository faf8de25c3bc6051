"""The sample gallery: some 300 drawn photos, a small shop, a taxonomy and golden queries.

`python -m training.sample_gallery` writes all of it into `cli/demo/`, byte for byte the same on
one machine. Every picture is a scene of `training.scenes`, drawn larger and with a camera's data.
"""
