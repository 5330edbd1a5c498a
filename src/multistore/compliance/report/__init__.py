"""What a check found, in each form that somebody reads: pure, from a ``Report`` to text."""
