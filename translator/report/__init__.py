"""Render results as text, JSON, GitHub annotations, SARIF or HTML.

Imports `analysis` and everything below it.
"""
