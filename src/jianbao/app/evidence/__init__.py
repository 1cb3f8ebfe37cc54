"""Evidence: facts with their origin, what is due for renewal, what is recalled, and published editions made again."""
