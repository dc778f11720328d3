"""Saltmarsh, a small invented town on the web, to run browser sessions against without leaving the machine."""

from zenobia_demo.app import create_app

__all__ = ["create_app"]
