"""Brief to HTML to PDF."""
