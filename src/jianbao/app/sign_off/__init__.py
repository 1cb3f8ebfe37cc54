"""Signing off: the stations that an edition passes, and its handling sheet."""
