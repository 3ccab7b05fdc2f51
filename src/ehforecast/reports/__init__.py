"""Advice laid out for people: pages, tables and figures. No statistics here; a missing number belongs in `results`."""

from ehforecast.reports.demand_report import write_demand_report

__all__ = ["write_demand_report"]
