"""Define what each page of the studio shows and does; every decision is made in `app`."""
