"""Hand editions over: packages, signatures, mail to recipients, and the proof of what was sent."""
