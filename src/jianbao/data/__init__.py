"""Turn tables into facts; each fact is traceable to its cells and sources."""
