"""How many families will come to the front door: forecasts of counts, and how well such forecasts did before."""
