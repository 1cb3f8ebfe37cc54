"""The pages of the studio: what each of them shows and does; every decision is made in `app`."""
