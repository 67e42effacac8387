"""Updates that wait for a second pair of eyes: read whole, approved and sent, or sent back."""
