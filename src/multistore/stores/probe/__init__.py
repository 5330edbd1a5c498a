"""What a store can do, found out by asking it."""
