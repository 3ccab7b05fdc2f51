"""Forecasts of early help front doors in English councils: advice to people, never a decision.

`ehforecast` forecasts how many contacts and referrals a council's front door will receive, says how sure it is, and
writes advisory reports. It must never be used to decide about a child or a family, and it has no function that does so.
"""

__version__ = "0.1.0"
