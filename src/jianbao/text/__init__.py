"""Words: placeholders, numbers and names in each language, and the checks on what is written."""
