"""Check whether the brief is good and approved, and find what changed since the last edition."""
