"""Session descriptions (RFC 8866) and their negotiation by offer and answer (RFC 3264). Pure."""
