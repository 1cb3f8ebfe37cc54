"""What is so: tables in, facts out."""
