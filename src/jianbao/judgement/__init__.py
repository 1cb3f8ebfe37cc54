"""Whether a finished brief is a good one: a checklist, decided on its pages and on what they were made from."""
