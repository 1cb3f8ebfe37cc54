"""Render documents as HTML, PDF, Word and OFD, with their fonts and typography."""
