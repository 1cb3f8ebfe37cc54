"""Tables in, facts out; each fact is traceable to the cells and sources it comes from."""
