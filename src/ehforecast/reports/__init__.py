"""Advice laid out for people: pages, tables and figures. No statistics here; a missing number belongs in `results`."""

from ehforecast.reports.demand_report import write_demand_report
from ehforecast.reports.quality_page import QualityFacts
from ehforecast.reports.quality_report import write_quality_report
from ehforecast.reports.risk_page import write_risk_report

__all__ = ["QualityFacts", "write_demand_report", "write_quality_report", "write_risk_report"]
