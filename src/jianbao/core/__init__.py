"""Provide what all other packages use: errors, documents with line numbers, safe writing, processes, caches."""
