"""How data ends: planned, executed, verified by a fresh look, and certified."""
