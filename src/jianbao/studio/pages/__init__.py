"""The rooms of the studio: what each page shows and does; every decision is made in `app`."""
