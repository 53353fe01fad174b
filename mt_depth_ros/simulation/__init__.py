"""A driving world in MuJoCo, written in the formats of the field."""
