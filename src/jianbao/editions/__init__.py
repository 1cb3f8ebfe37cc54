"""The editions of a series: which there are, and to which day each knows the facts."""
