"""Charts: one file a chart, drawn from facts, each with its alternative text."""
