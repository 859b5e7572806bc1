"""Render results as text, JSON, GitHub annotations, SARIF or HTML.

May import `analysis` and everything below it.
"""
