"""What time does: contracts that end, retention that runs out. Decisions here are pure."""
