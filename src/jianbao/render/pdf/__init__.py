"""PDF: rendering with WeasyPrint, where figures go, and what WeasyPrint is taught."""
