"""The document before any format: sections, tables, cards and references, in every language."""
