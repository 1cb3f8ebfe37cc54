"""The brief in the browser: a local server that follows every saved file."""
