"""Benchmarks: the translator compared with hand-written code and with other tools."""
