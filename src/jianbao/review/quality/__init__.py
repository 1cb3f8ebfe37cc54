"""Check finished PDFs against the checklist, point by point."""
