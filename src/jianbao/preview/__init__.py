"""A brief in the browser that follows the files as they are edited."""
