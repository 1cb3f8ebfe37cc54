"""Data: tables in, facts out, each traceable to the cells and sources it comes from."""
