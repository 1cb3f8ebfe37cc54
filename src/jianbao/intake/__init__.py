"""Taking in new data: a delivery read, compared with what is known, asked about, and written."""
