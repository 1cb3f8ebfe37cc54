"""The checklist that finished PDFs are held against, point by point."""
