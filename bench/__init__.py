"""Measurements: how often the rules are right (accuracy), and what a frame costs (vision)."""
