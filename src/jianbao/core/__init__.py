"""What every other package stands on: errors, documents with line numbers, safe writing, processes, caches."""
