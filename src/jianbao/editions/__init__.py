"""The editions of a series: which there are, to which day each knows the facts, what changed from one to another."""
