"""What the AK dialect is made of: keys, messages, records, configurations, and the groups in which records are stored."""
