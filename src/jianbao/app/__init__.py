"""Provide one module for each command, called by the command line and by the studio."""
