"""New data in: a delivered file is read, matched, questioned and made into rows."""
