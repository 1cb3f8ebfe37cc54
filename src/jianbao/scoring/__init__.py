"""Score a city: turn a framework and facts into scores with intervals."""
