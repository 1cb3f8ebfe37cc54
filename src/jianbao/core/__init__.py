"""What every other package uses: errors, documents with line numbers, safe writing, processes, caches."""
