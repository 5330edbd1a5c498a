"""Who can open what is sealed: the key levels, the key services, and how keys end."""
