"""Functions that emitted code calls.

May import only the root modules, never a stage of the compiler.
"""
