"""Proctor: exam proctoring as one Python application."""

__version__ = "0.1.0"
