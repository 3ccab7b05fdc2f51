"""Words fixed by law or national guidance: plain enums with their source; no data frame, no I/O."""
