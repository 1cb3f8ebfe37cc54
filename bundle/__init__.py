"""What an office without a network installs from: made by `make bundle`."""
