"""What the scores mean and what to do: conditions, recommendations, numbers, words."""
