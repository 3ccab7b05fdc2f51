"""Risk research: how likely a recorded later event is, how sure that is, and whether a model deserves to be used."""
