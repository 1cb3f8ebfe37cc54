"""Signing off: an edition passes the stations of its office, and the handling sheet goes with it."""
