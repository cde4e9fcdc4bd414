"""What people decide (决策): one noun a file, its mutation with it."""
