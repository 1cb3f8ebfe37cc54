"""Measures: how facts are counted, summed and derived from the rows of tables."""
