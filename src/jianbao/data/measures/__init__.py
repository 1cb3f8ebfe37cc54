"""Count, sum and derive facts from the rows of tables, as measures declare it."""
