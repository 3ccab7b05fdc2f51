"""For whom estimates are worse: an audit of any frame of estimates, outcomes and groups. It changes nothing.

`audit.audit` is the one call for estimates, `forecasts.audit_forecasts` for forecasts of counts,
`mitigation.compare_options` for research on remedies.
"""
