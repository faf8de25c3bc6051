"""One thin module per command or group: parse, call one use case, map, return an exit code."""
