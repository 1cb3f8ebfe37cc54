"""Show the changes between two editions as a leaflet, a report and a diff of the ledgers."""
