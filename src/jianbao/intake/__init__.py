"""Read a delivered file, match and question what it says, and turn it into rows of the workspace."""
