"""What the batch protocol needs beside its decoder: contents too large for one batch, a piece at a time."""
