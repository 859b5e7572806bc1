"""Is an event valid? Fast checks that only accept, and an exact validator that explains.

Imports `schema`, `runtime` and the root modules.
"""
