"""Who answers for which team now."""
