"""Draw a declared figure and its facts as an SVG with real text; there is one module for each kind of chart."""
