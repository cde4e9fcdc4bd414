"""Parts of the batch protocol: bodies that hold rows of the registry."""
