"""Is the brief good, is it approved, and what changed since the last edition."""
