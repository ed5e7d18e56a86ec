"""Who answers: a plan of steps computed by a pure function."""
