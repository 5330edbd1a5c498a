"""The check: what is configured at every provider, held against what was promised.

Collectors read, rules judge, reports show; each in its own package, and rules never do I/O.
"""
