"""Charts: a declared figure and its facts in, an SVG with real text out; one module per kind of chart."""
