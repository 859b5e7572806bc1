"""The mapping language: parse YAML to nodes, and check them against the types of both formats.

May import `validation` and everything below it.
"""
