"""The real servers of the tests: one module each, with its session fixtures."""
