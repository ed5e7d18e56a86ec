"""A lab on one machine: carrier, independent phones and a sample directory around a real node."""
