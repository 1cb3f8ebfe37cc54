"""The document in a format: HTML, PDF and Word, with their fonts and typography."""
