"""What is done with recordings on behalf of people: exports, redaction, dossiers."""
