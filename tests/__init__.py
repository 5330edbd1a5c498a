"""The project's own tests; ``multistore.testing`` is the part that others use."""
