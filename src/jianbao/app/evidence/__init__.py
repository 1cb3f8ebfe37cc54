"""Evidence: facts with their origin, what is due for renewal, and what is recalled."""
