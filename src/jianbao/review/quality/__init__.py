"""The checklist that finished PDFs are checked against, point by point."""
