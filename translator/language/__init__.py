"""The mapping language: parse YAML into nodes and check them against both formats' types.

Imports `validation` and everything below it.
"""
