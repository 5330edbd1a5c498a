"""Where bytes may be, and what shows that they are there. Unknown is not yes.

``catalog`` (the table, and the one endpoint of a store) → ``case`` and ``collect`` (what is
looked at, in the order of the gate) → ``evidence`` (what was seen) → ``rules`` and ``verdict``
(pure) → ``gate`` (a verdict that is fresh, or an error).
"""
