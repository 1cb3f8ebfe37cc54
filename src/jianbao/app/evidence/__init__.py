"""What is known: facts with all that is behind them, what is due for renewal, and what is recalled."""
