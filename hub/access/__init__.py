"""Who asks: tokens in, principals out."""
