"""Write placeholders, numbers and names in each language, and check written texts."""
