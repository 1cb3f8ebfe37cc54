"""Compose the document independent of any format: sections, tables, cards and references, in every language."""
