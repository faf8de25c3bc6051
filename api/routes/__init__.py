"""One module per topic: each route parses, calls one use case, maps, and returns."""
