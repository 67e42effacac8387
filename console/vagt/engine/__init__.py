"""Truth in one place: store, outbox, pollers, health, audit and the board."""
