"""Zenobia runs agent sessions in a real web browser on a person's behalf, and stops to ask when it should."""

__version__ = "0.1.0"
