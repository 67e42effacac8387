"""What the store's own history teaches: likely duplicates, and how incidents like this one were judged."""
