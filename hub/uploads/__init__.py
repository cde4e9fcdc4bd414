"""Large uploads: bytes that come in parts, kept until they are whole, then booked as batches."""
