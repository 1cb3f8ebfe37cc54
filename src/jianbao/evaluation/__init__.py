"""How well it does: values in, scores with intervals, coverage and contributions out."""
