"""Typed models of the formats: one module per spec, made by `translator generate`."""
