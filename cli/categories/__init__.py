"""The commands of `sightline categories`, one module for each thing people do with them."""
