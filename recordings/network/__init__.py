"""What the telephone network said in place of a person."""
