"""Is an event valid? Fast checks that only accept, and an exact validator that explains.

May import `schema`, `runtime` and the root modules.
"""
