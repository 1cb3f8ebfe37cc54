"""How well the city does: a framework and facts in, scores with intervals out."""
