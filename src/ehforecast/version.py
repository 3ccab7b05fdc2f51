"""The version of the package: one place, which everything may read."""

__version__ = "0.1.0"
