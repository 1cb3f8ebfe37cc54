"""Fonts: found on the machine, prepared once, checked before they are used."""
