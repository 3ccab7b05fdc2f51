"""From forecast to plan: how many people it takes, how long families wait, what if, will we meet our target."""
