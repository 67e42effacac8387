"""The hand-over, walked through and accepted item by item."""
