"""Handing over: a finished edition packed, signed, sent once to everyone who gets it, and proved to be whole."""
