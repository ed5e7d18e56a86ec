"""Configuration: the one TOML file, its schema, defaults and checks."""
