"""One module a command: what the command line and the studio both call."""
