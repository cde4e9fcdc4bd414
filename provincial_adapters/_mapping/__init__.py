"""What a province declares of its columns, and how rows become readings by it; shared by files, REST and databases."""
