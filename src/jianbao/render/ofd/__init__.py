"""OFD (GB/T 33190-2016): the pages of a finished PDF as a fixed-layout document of Chinese offices."""
