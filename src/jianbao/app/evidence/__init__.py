"""Report on evidence: facts and their origin, things due for renewal, recalled data, and rebuilt editions."""
