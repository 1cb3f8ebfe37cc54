"""The reference of what people may write: JSON Schemas of the files, and explanations of every word."""
