"""The only door out. Nothing leaves the private area except as advice released here."""

from ehforecast.advisory.release import Advice, release
from ehforecast.advisory.statement import Purpose

__all__ = ["Advice", "Purpose", "release"]
