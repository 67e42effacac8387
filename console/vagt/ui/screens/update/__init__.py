"""The composer of a stakeholder update: asked for on the left, read on the right as each audience will get it."""
