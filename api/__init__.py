"""The HTTP door for people and programs: routes, wire shapes, authentication, errors."""
