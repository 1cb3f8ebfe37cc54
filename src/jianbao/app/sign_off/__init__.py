"""Sign editions off: copies for review, the stations that an edition passes, and its handling sheet."""
